//! Services and EndpointSlices.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use limpet_schema::messages;
use limpet_schema::problem::Problem;

use super::{Problems, Refused, syntax};

/// Judges a Service.
pub fn service(service: &Service) -> Vec<Problem> {
    let mut problems = Problems::default();
    let ports = service
        .spec
        .iter()
        .flat_map(|spec| spec.ports.iter().flatten());
    for (index, port) in ports.enumerate() {
        problems.judge(
            &format!("spec.ports[{index}].port"),
            syntax::port(&port.port),
        );
    }
    problems.0
}

/// Judges an EndpointSlice.
pub fn endpoint_slice(slice: &EndpointSlice) -> Vec<Problem> {
    let mut problems = Problems::default();
    for (index, port) in slice.ports.iter().flatten().enumerate() {
        if let Some(number) = &port.port {
            problems.judge(&format!("ports[{index}].port"), syntax::port(number));
        }
    }
    for (index, endpoint) in slice.endpoints.iter().enumerate() {
        let field = format!("endpoints[{index}].addresses");
        if endpoint.addresses.is_empty() {
            problems.required(&field);
        }
        // Names (addressType FQDN) are nothing that can be connected to without a resolver.
        problems.judge_all(&field, &endpoint.addresses, address);
    }
    problems.0
}

fn address(text: &String) -> Result<(), Refused> {
    match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => {
            let message = format!("{text:?} is no IP address");
            Err(Refused {
                message,
                is: &messages::FIELD_PATTERN,
            })
        }
    }
}
