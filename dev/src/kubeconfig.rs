//! The kubeconfig: a context per user, as JSON, which is YAML.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::users::{Tokens, User};

const CLUSTER: &str = "handoff-dev";

/// A kubeconfig with these users; `current` is the context used when none is named.
pub(crate) fn render(port: u16, ca: &str, users: &[User], tokens: &Tokens, current: &str) -> String {
    let contexts: Vec<Value> = users
        .iter()
        .map(|user| {
            let context = json!({"cluster": CLUSTER, "user": user.context, "namespace": user.namespace});
            json!({"name": user.context, "context": context})
        })
        .collect();
    let credentials: Vec<Value> = users
        .iter()
        .map(|user| json!({"name": user.context, "user": {"token": tokens.of(user)}}))
        .collect();
    let cluster = json!({
        "server": format!("https://127.0.0.1:{port}"),
        "certificate-authority-data": STANDARD.encode(ca),
    });
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CLUSTER, "cluster": cluster}],
        "contexts": contexts,
        "users": credentials,
        "current-context": current,
    });
    format!("{config:#}\n")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::users::{ADMIN, Tokens, USERS};
    use serde_json::Value;

    #[test]
    fn a_context_per_user() {
        let tokens = Tokens::random().unwrap();
        let config: Value = serde_json::from_str(&render(6443, "CA", &USERS, &tokens, ADMIN)).unwrap();
        assert_eq!(config["current-context"], "admin");
        assert_eq!(config["clusters"][0]["cluster"]["server"], "https://127.0.0.1:6443");
        assert_eq!(config["clusters"][0]["cluster"]["certificate-authority-data"], "Q0E=");
        let contexts = config["contexts"].as_array().unwrap();
        let names: Vec<_> = contexts
            .iter()
            .map(|context| context["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "admin", "operator", "alice", "bob", "carol", "dave", "gita", "ivan", "mallory"
            ]
        );
        assert_eq!(contexts[0]["context"]["namespace"], "identity");
        assert_eq!(contexts[1]["context"]["namespace"], "handoff-system");
        assert_eq!(contexts[2]["context"]["namespace"], "identity");
        assert_eq!(config["users"][2]["user"]["token"], tokens.of(&USERS[2]));
    }
}
