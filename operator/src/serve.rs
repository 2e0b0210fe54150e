//! x
/// Who is at the other end.
#[derive(Clone, Debug)]
pub struct Peer(pub Option<String>);
impl Peer {
    /// The fleet.
    pub fn fleet(&self) -> Option<String> {
        self.0.clone()
    }
}
