//! `schema/src/generated/stream.rs`: the gRPC client and server of the configuration stream, whose
//! messages `schema/src/stream.rs` holds.

use quote::quote;
use tonic_build::CodeGenBuilder;
use tonic_build::manual::{Method, Service};

use super::rust;
use crate::{Outputs, Result};

/// The service with its one method.
pub fn emit() -> Result<Outputs> {
    let subscribe = Method::builder()
        .name("subscribe")
        .route_name("Subscribe")
        .comment("One stream a data plane: what it said, and what it is to serve.")
        .input_type("crate::stream::FromDataPlane")
        .output_type("crate::stream::ToDataPlane")
        .codec_path("tonic_prost::ProstCodec")
        .client_streaming()
        .server_streaming()
        .build();
    let service = Service::builder()
        .package("limpet.v1")
        .name("Configuration")
        .comment("Brings data planes their configuration.")
        .method(subscribe)
        .build();
    let generator = CodeGenBuilder::new();
    let client = generator.generate_client(&service, "");
    let server = generator.generate_server(&service, "");
    let file = rust::file("schema/src/stream.rs", quote!(#client #server))?;
    let path = "schema/src/generated/stream.rs".to_owned();
    Ok(Outputs::from([(path, file)]))
}
