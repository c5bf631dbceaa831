//! A proxy on loopback between an operator and the real API server, which makes the faults of a bad day: refusals, slow
//! answers, lost connections, answers that are lost although the write went through, and watches that break.
//!
//! Which call meets which fault follows from the seed, the call and how often it was made: not from time, and not from
//! the order in which different calls arrive. It is bounded: a call that was made [`OFTEN`] times (a watch: three times as often)
//! meets no more faults.
//! The operator speaks plain HTTP to it; it speaks TLS to the API server and passes the operator's token on.
#![allow(dead_code, unreachable_pub)]

mod fault;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
pub use fault::{Fault, Kind};
use futures::{StreamExt, stream};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// From so many repetitions on, a call meets no more faults.
pub const OFTEN: u64 = 4;
/// Longer than any wait that ends well.
const PATIENCE: Duration = Duration::from_secs(60);
const LONGEST_BODY: usize = 16 << 20;

/// One call of the operator, as a rule sees it.
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: String,
    /// Whether it is a watch.
    pub watch: bool,
    /// Name of the object that it is about, when it is about one.
    pub object: Option<String>,
    /// How often it was made before.
    pub before: u64,
}

type Rule = Box<dyn Fn(&Call) -> Option<Fault> + Send>;

struct Inner {
    api_server: Client,
    rule: Mutex<Rule>,
    made: Mutex<HashMap<String, u64>>,
    injected: watch::Sender<BTreeMap<Kind, u64>>,
}

/// A running proxy; it ends when this is dropped.
pub struct Proxy {
    /// For the operator.
    pub kubeconfig: PathBuf,
    inner: Arc<Inner>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy; `name` tells its kubeconfig from others. `rule` chooses the fault of every call.
    pub async fn start(name: &str, rule: impl Fn(&Call) -> Option<Fault> + Send + 'static) -> Self {
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").expect("no control plane: run `make test`"));
        let real = folder.join("operator.kubeconfig");
        let inner = Arc::new(Inner {
            api_server: api_server(&real).await,
            rule: Mutex::new(Box::new(rule)),
            made: Mutex::default(),
            injected: watch::Sender::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kubeconfig = folder.join(format!("proxy-{name}.kubeconfig"));
        redirect(&real, &kubeconfig, listener.local_addr().unwrap().port());
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            kubeconfig,
            inner,
            server,
        }
    }

    /// Faults drawn from a seed.
    pub async fn seeded(name: &str, seed: u64) -> Self {
        Self::start(name, move |call| fault::draw(seed, call)).await
    }

    /// The same for a person of the launcher, instead of the operator.
    pub fn kubeconfig_of(&self, person: &str) -> PathBuf {
        let read = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
        let all = read(Path::new(&std::env::var("KUBECONFIG").unwrap()));
        let users = all["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["name"] == person).unwrap();
        let mut config = read(&self.kubeconfig);
        config["users"][0]["user"] = user["user"].clone();
        let path = self.kubeconfig.with_extension(person);
        std::fs::write(&path, config.to_string()).unwrap();
        path
    }

    /// From now on another rule holds.
    pub fn follow(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + 'static) {
        *self.inner.rule.lock().unwrap() = Box::new(rule);
    }

    /// How often each kind of fault was made.
    pub fn injected(&self) -> BTreeMap<Kind, u64> {
        self.inner.injected.borrow().clone()
    }

    /// Waits until a kind of fault was made so often.
    pub async fn until_injected(&self, kind: Kind, often: u64) {
        let enough = |injected: &BTreeMap<Kind, u64>| injected.get(&kind).is_some_and(|count| *count >= often);
        let mut injected = self.inner.injected.subscribe();
        let wait = injected.wait_for(enough);
        let waited = tokio::time::timeout(PATIENCE, wait)
            .await
            .map(|waited| waited.map(drop));
        assert!(
            matches!(waited, Ok(Ok(()))),
            "{kind:?} was not made {often} times: {:?}",
            self.injected()
        );
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Trusts the API server's certificate and has no identity of its own.
async fn api_server(kubeconfig: &Path) -> Client {
    let file = Kubeconfig::read_from(kubeconfig).unwrap();
    let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
        .await
        .unwrap();
    config.auth_info = AuthInfo::default();
    config.default_retry = false;
    Client::try_from(config).unwrap()
}

/// The same user and token, another server.
fn redirect(real: &Path, own: &Path, port: u16) {
    let mut config: Value = serde_json::from_str(&std::fs::read_to_string(real).unwrap()).unwrap();
    config["clusters"][0]["cluster"] = serde_json::json!({"server": format!("http://127.0.0.1:{port}")});
    std::fs::write(own, config.to_string()).unwrap();
}

async fn answer(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LONGEST_BODY).await.unwrap_or_default();
    let call = inner.note(&parts.method, &parts.uri, &body);
    let fault = inner.rule.lock().unwrap()(&call);
    if let Some(fault) = &fault {
        inner
            .injected
            .send_modify(|injected| *injected.entry(fault.kind()).or_default() += 1);
    }
    let forward = async {
        let mut request = axum::http::Request::from_parts(parts, kube::client::Body::from(body.to_vec()));
        request.headers_mut().remove("host");
        let answer = inner.api_server.send(request).await;
        // The API server cannot be reached or its connection broke: the operator sees the same.
        answer.map_or_else(|_| dropped(), |answer| answer.map(Body::new))
    };
    match fault {
        None => forward.await,
        Some(Fault::Refuse(code)) => fault::refusal(code),
        Some(Fault::Drop) => dropped(),
        Some(Fault::Slow(pause)) => {
            tokio::time::sleep(pause).await;
            forward.await
        }
        Some(Fault::Silence) => std::future::pending().await,
        Some(Fault::LoseAnswer { code }) => {
            let (_, body) = forward.await.into_parts();
            let _whole = to_bytes(body, LONGEST_BODY).await;
            code.map_or_else(dropped, fault::refusal)
        }
        Some(Fault::Cut { after, clean }) => cut(forward.await, after, clean),
    }
}

impl Inner {
    fn note(&self, method: &axum::http::Method, uri: &axum::http::Uri, body: &Bytes) -> Call {
        let path = uri.path().to_owned();
        let watch = uri.query().is_some_and(|query| query.contains("watch=true"));
        let named = || {
            serde_json::from_slice::<Value>(body).ok()?["metadata"]["name"]
                .as_str()
                .map(str::to_owned)
        };
        let in_path = path.trim_end_matches("/status").split('/').nth(7).map(str::to_owned);
        let object = in_path.or_else(named);
        let which = format!("{method} {path} {watch} {object:?}");
        let mut made = self.made.lock().unwrap();
        let count = made.entry(which).or_default();
        let before = *count;
        *count += 1;
        Call {
            method: method.to_string(),
            path,
            query: uri.query().unwrap_or_default().to_owned(),
            watch,
            object,
            before,
        }
    }
}

/// No answer: the connection closes.
fn dropped() -> Response {
    Response::new(Body::from_stream(stream::once(async {
        Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset))
    })))
}

/// A watch that ends after some chunks: in order, or in the middle of one.
fn cut(answer: Response, after: usize, clean: bool) -> Response {
    answer.map(|body| {
        let mut left = after;
        let chunks = body.into_data_stream().map(|chunk| chunk.map_err(io::Error::other));
        let chunks = chunks.flat_map(move |chunk| {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => return stream::iter(vec![Err(error)]),
            };
            if left > 0 {
                left -= 1;
                return stream::iter(vec![Ok(chunk)]);
            }
            let half = chunk.slice(..chunk.len() / 2);
            stream::iter(vec![Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))])
        });
        if clean {
            Body::from_stream(chunks.take(after))
        } else {
            Body::from_stream(chunks)
        }
    })
}

/// A pause that a person would call slow and a test can bear.
pub const SLOW: Duration = Duration::from_millis(300);
