//! What the translator makes of Gateways that a shared fleet serves.

use limpet_translator::inputs::{Inputs, ObjectKey, Scope};
use limpet_translator::translate::{Fleet, Output, Settings, translate, wanted};
use serde_json::{Value, json};

/// A Gateway with a route to a Service, as an API server holds them.
fn inputs() -> Inputs {
    let mut inputs = Inputs::default();
    accept(&mut inputs, "Gateway", gateway(&json!([])));
    accept(
        &mut inputs,
        "HTTPRoute",
        object(
            "shop",
            "route",
            json!({"spec": {
                "parentRefs": [{"name": "gateway"}],
                "rules": [{"backendRefs": [{"name": "cart", "port": 80}]}],
            }}),
        ),
    );
    let ports = json!([{"port": 80}]);
    accept(
        &mut inputs,
        "Service",
        object("shop", "cart", json!({"spec": {"ports": ports}})),
    );
    inputs
}

fn gateway(addresses: &Value) -> Value {
    let listener = json!({"name": "http", "port": 80, "protocol": "HTTP"});
    let spec =
        json!({"gatewayClassName": "limpet", "listeners": [listener], "addresses": addresses});
    object("shop", "gateway", json!({"spec": spec}))
}

fn slice(namespace: &str, service: &str, ip: &str, pod: &str) -> Value {
    object(
        namespace,
        service,
        json!({
            "addressType": "IPv4",
            "ports": [{"port": 8080}],
            "endpoints": [{"addresses": [ip], "targetRef": {"kind": "Pod", "name": pod, "uid": pod}}],
        }),
    )
}

fn object(namespace: &str, name: &str, mut value: Value) -> Value {
    let labels = json!({"kubernetes.io/service-name": name});
    value["metadata"] =
        json!({"name": name, "namespace": namespace, "uid": "uid-1", "labels": labels});
    value
}

fn accept(inputs: &mut Inputs, kind: &str, object: Value) {
    let text = |field: &str| {
        object["metadata"][field]
            .as_str()
            .expect("given")
            .to_owned()
    };
    let key = ObjectKey::new(&text("namespace"), &text("name"));
    inputs.accept(kind, &key, &object).expect("a good object");
}

fn output(inputs: &Inputs) -> Output {
    let settings = Settings {
        bind: [0, 0, 0, 0].into(),
        fleet: Some(Fleet {
            ingress_service: ObjectKey::new("limpet-system", "limpet-ingress"),
            data_planes: ObjectKey::new("limpet-system", "limpet-dataplane"),
        }),
        ..Settings::default()
    };
    translate(inputs, &settings)
}

/// Status and reason of the Gateway's `Programmed`.
fn programmed(output: &Output) -> (String, String) {
    let mut statuses = output.statuses.iter();
    let gateway = statuses
        .find(|status| status.kind == "Gateway")
        .expect("there");
    let mut conditions = gateway.status["conditions"]
        .as_array()
        .expect("a list")
        .iter();
    let found = conditions
        .find(|condition| condition["type"] == "Programmed")
        .expect("there");
    let text = |field: &str| found[field].as_str().expect("text").to_owned();
    (text("status"), text("reason"))
}

/// The Gateway's Service with this address, as its output asks for it.
fn with_service(inputs: &mut Inputs, address: &str) {
    let service = &output(inputs).services[0];
    let ports = service.ports.iter();
    let ports: Vec<Value> = ports
        .map(|(port, target)| json!({"port": port, "targetPort": target}))
        .collect();
    let mut made = object(
        "shop",
        &service.name,
        json!({"spec": {"clusterIP": address, "clusterIPs": [address], "ports": ports}}),
    );
    made["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "limpet"});
    made["metadata"]["annotations"] = json!({
        "limpet.dev/gateway": "gateway",
        "limpet.dev/controller": Settings::default().controller_name,
    });
    accept(inputs, "Service", made);
}

#[test]
fn a_gateways_port_is_a_port_of_the_fleet_and_stays_it() {
    let mut inputs = inputs();
    let first = output(&inputs).snapshot.listeners[0].clone();
    assert_eq!(first.port, 80, "what clients see");
    assert!((10_000..30_000).contains(&first.address.port()));
    with_service(&mut inputs, "10.96.0.10");
    assert_eq!(output(&inputs).snapshot.listeners[0].address, first.address);
    assert_eq!(output(&inputs).services[0].ports[&80], first.address.port());
}

#[test]
fn a_gateway_is_programmed_once_its_service_has_the_address_that_it_asks_for() {
    let mut inputs = inputs();
    let not = |reason: &str| ("False".to_owned(), reason.to_owned());
    assert_eq!(programmed(&output(&inputs)), not("AddressNotAssigned"));
    with_service(&mut inputs, "10.96.0.10");
    let waits = ("Unknown".to_owned(), "Pending".to_owned());
    assert_eq!(programmed(&output(&inputs)), waits, "for a data plane");
    accept(
        &mut inputs,
        "Gateway",
        gateway(&json!([{"value": "10.96.0.99"}])),
    );
    assert_eq!(programmed(&output(&inputs)), not("AddressNotUsable"));
    accept(
        &mut inputs,
        "Gateway",
        gateway(&json!([{"value": "10.96.0.10"}])),
    );
    assert_eq!(programmed(&output(&inputs)), waits);
}

#[test]
fn a_service_of_that_name_that_is_somebody_elses_gives_no_address() {
    let mut inputs = inputs();
    let name = output(&inputs).services[0].name.clone();
    let spec =
        json!({"spec": {"clusterIP": "10.96.0.10", "clusterIPs": ["10.96.0.10"], "ports": []}});
    accept(&mut inputs, "Service", object("shop", &name, spec));
    let output = output(&inputs);
    let not = ("False".to_owned(), "AddressNotAssigned".to_owned());
    assert_eq!(programmed(&output), not);
    let said = output
        .statuses
        .iter()
        .find(|status| status.kind == "Gateway");
    let said = said.expect("there").status.to_string();
    assert!(
        said.contains("Service shop/gateway-limpet is there and not the Gateway's"),
        "{said}"
    );
    assert!(!said.contains("10.96.0.10"), "{said}");
}

#[test]
fn no_backend_leads_to_a_data_planes_own_ports() {
    let mut inputs = inputs();
    accept(
        &mut inputs,
        "EndpointSlice",
        slice("limpet-system", "limpet-dataplane", "10.0.0.1", "dp"),
    );
    for (ip, count) in [("10.0.0.2", 1), ("10.0.0.1", 0)] {
        accept(
            &mut inputs,
            "EndpointSlice",
            slice("shop", "cart", ip, "cart-1"),
        );
        let snapshot = output(&inputs).snapshot;
        assert_eq!(
            snapshot.backends["Service/shop/cart/80"].endpoints.len(),
            count,
            "{ip}"
        );
    }
}

#[test]
fn no_name_that_an_object_says_is_asked_for() {
    let mut inputs = inputs();
    let refs = json!([{"name": "a=b"}, {"name": "b", "namespace": "another"}]);
    let listener = json!({"name": "https", "port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": refs}});
    let spec = json!({"gatewayClassName": "limpet", "listeners": [listener]});
    accept(
        &mut inputs,
        "Gateway",
        object("shop", "gateway", json!({"spec": spec})),
    );
    let wanted = wanted(&inputs, &Settings::default());
    // Nobody has granted the other namespace's.
    assert_eq!(
        Vec::from_iter(wanted),
        [Scope::Namespace("Secret", "shop".to_owned())]
    );
}

#[test]
fn in_a_cluster_nothing_is_said_about_what_is_not_ours() {
    let mut inputs = Inputs::default();
    let path = json!({"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "echo", "port": {"number": 80}}}});
    let rules = json!([{"http": {"paths": [path]}}]);
    for (name, class) in [("unclassed", Value::Null), ("foreign", json!("nginx"))] {
        let spec = json!({"ingressClassName": class, "rules": rules});
        accept(
            &mut inputs,
            "Ingress",
            object("shop", name, json!({"spec": spec})),
        );
    }
    let listener = json!({"name": "http", "port": 80, "protocol": "HTTP"});
    let spec = json!({"gatewayClassName": "nobodys", "listeners": [listener]});
    accept(
        &mut inputs,
        "Gateway",
        object("shop", "foreign", json!({"spec": spec})),
    );
    let redirect = json!({"type": "RequestRedirect", "requestRedirect": {"hostname": "a.example"}});
    for (name, gateway) in [("theirs", "foreign"), ("nobodys", "missing")] {
        let rule = json!({"filters": [redirect], "retry": {"attempts": 1}});
        let spec = json!({"parentRefs": [{"name": gateway}], "rules": [rule]});
        accept(
            &mut inputs,
            "HTTPRoute",
            object("shop", name, json!({"spec": spec})),
        );
    }
    assert_eq!(output(&inputs).statuses, []);
}

#[test]
fn an_edited_service_takes_no_other_gateways_port() {
    let mut inputs = inputs();
    with_service(&mut inputs, "10.96.0.10");
    let victim = output(&inputs).snapshot.listeners[0].clone();
    // Of an older Gateway, whose owner may edit its Service.
    let listener = json!({"name": "http", "port": 80, "protocol": "HTTP"});
    let spec = json!({"gatewayClassName": "limpet", "listeners": [listener]});
    accept(
        &mut inputs,
        "Gateway",
        object("evil", "gateway", json!({"spec": spec})),
    );
    let ports = json!([{"port": 80, "targetPort": victim.address.port()}]);
    let spec = json!({"clusterIP": "10.96.0.66", "clusterIPs": ["10.96.0.66"], "ports": ports});
    let mut edited = object("evil", "gateway-limpet", json!({"spec": spec}));
    edited["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "limpet"});
    edited["metadata"]["annotations"] = json!({
        "limpet.dev/gateway": "gateway",
        "limpet.dev/controller": Settings::default().controller_name,
    });
    accept(&mut inputs, "Service", edited);
    let listeners = output(&inputs).snapshot.listeners;
    let at_port = listeners
        .iter()
        .find(|listener| listener.address == victim.address);
    assert_eq!(at_port.expect("it is served").name, victim.name);
}
