fn main() {
    for crd in handoff_core::api::crd::all().unwrap() {
        println!("---\n{}", serde_saphyr::to_string(&crd).unwrap());
    }
}
