//! What the API server has stored, changed behind its back in etcd: an object that no schema of today lets through, as an
//! older version of a CRD leaves it behind.
#![allow(dead_code, unreachable_pub)]

use k8s_openapi::ByteString;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;

fn port() -> u16 {
    let folder = std::env::var("HANDOFF_TEST_DIR").expect("no control plane: run `make test`, which starts one");
    let state = std::fs::read_to_string(format!("{folder}/state.json")).unwrap();
    let state: Value = serde_json::from_str(&state).unwrap();
    u16::try_from(state["etcd"]["port"].as_u64().unwrap()).unwrap()
}

/// One call of etcd's JSON gateway.
fn call(path: &str, body: &Value) -> Value {
    let body = body.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", port())).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{answer}");
    serde_json::from_str(body).unwrap()
}

fn key(plural: &str, namespace: &str, name: &str) -> ByteString {
    ByteString(format!("/registry/handoff.dev/{plural}/{namespace}/{name}").into_bytes())
}

/// The object as it is stored.
pub fn read(plural: &str, namespace: &str, name: &str) -> Value {
    let answer = call("/v3/kv/range", &json!({"key": key(plural, namespace, name)}));
    let stored: ByteString = serde_json::from_value(answer["kvs"][0]["value"].clone()).unwrap();
    serde_json::from_slice(&stored.0).unwrap()
}

/// Stores it like this, whatever the CRD says.
pub fn write(plural: &str, namespace: &str, name: &str, object: &Value) {
    let value = ByteString(object.to_string().into_bytes());
    call(
        "/v3/kv/put",
        &json!({"key": key(plural, namespace, name), "value": value}),
    );
}
