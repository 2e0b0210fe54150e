//! What is written on all that Limpet makes in a cluster.

/// The label of everything that Limpet makes.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "limpet");

/// The annotation that tells which controller made an object, beside others in the cluster.
pub const CONTROLLER: &str = "limpet.dev/controller";
