//! The eight steps of the specification page, for each of its two manifests.

use anyhow::{Context, ensure};

use super::client::{Client, Reply};
use super::drawing::{self, Way, step};
use super::manifests::Ports;
use crate::output::{self, Unwritable};

/// New connections that must stay on the pod after the eight steps.
const FURTHER_REQUESTS: usize = 100;

/// Walks through the steps for the RoutePolicy and for the IngressExtension; whether all passed.
pub fn walk(ports: &Ports) -> Result<bool, Unwritable> {
    let kinds = [
        ("HTTPRoute + RoutePolicy", ports.gateway),
        ("Ingress + IngressExtension", ports.ingress),
    ];
    // Both run even when the first fails: two findings are better than one.
    let mut passed = true;
    for (kind, port) in kinds {
        passed &= pass(kind, port)?;
    }
    Ok(passed)
}

fn pass(kind: &str, port: u16) -> Result<bool, Unwritable> {
    output::line(&format!("\n{kind}, on http://127.0.0.1:{port}"))?;
    match eight_steps(&format!("http://127.0.0.1:{port}/")) {
        Ok(()) => Ok(true),
        Err(error) => {
            output::line(&format!("  FAILED  {error:#}"))?;
            Ok(false)
        }
    }
}

fn eight_steps(url: &str) -> anyhow::Result<()> {
    let client = Client::new();
    drawing::head()?;
    step(1, Way::Request, "GET /", "the client sends a request")?;
    let first = client.get(url, None)?;
    let pod = &first.echo.pod;
    step(2, Way::ToPod, pod, "Limpet selects one of the pods")?;
    ensure!(first.status == 200, "the pod answered {}", first.status);
    step(3, Way::FromPod, &told(&first), "the pod answers")?;
    let set_cookie = check_cookie(&first)?;
    step(
        4,
        Way::Answer,
        "Set-Cookie: nomnom",
        "Limpet adds the cookie",
    )?;

    let cookie = first.cookie().context("step 4 saw it")?;
    step(
        5,
        Way::Request,
        "Cookie: nomnom",
        "the client sends the cookie",
    )?;
    let second = client.get(url, Some(cookie))?;
    ensure!(
        second.echo.pod == *pod,
        "step 6: {} was selected, not {pod}",
        second.echo.pod
    );
    step(6, Way::ToPod, pod, "Limpet selects the same pod")?;
    ensure!(
        second.echo.requests > first.echo.requests,
        "step 7: {pod} has seen no further request"
    );
    step(7, Way::FromPod, &told(&second), "the pod answers")?;
    ensure!(
        second.set_cookie.is_none(),
        "step 8: a valid cookie was replaced"
    );
    step(
        8,
        Way::Answer,
        "200",
        "Limpet returns the answer; the cookie stays",
    )?;
    output::line(&format!("     The cookie: {}", shortened(set_cookie)))?;
    further(&client, url, cookie, pod)
}

/// How many requests a pod has seen shows that it, and no other, has seen this one.
fn told(reply: &Reply) -> String {
    format!("200, request {}", reply.echo.requests)
}

fn check_cookie(reply: &Reply) -> anyhow::Result<&str> {
    let set_cookie = reply
        .set_cookie
        .as_deref()
        .context("step 4: the first answer has no Set-Cookie")?;
    let attributes = set_cookie
        .split_once(';')
        .map_or("", |(_, attributes)| attributes);
    ensure!(
        set_cookie.starts_with("nomnom=")
            && attributes == " Path=/; Max-Age=3600; HttpOnly; SameSite=Lax",
        "step 4: not the cookie of the manifest: {set_cookie}"
    );
    Ok(set_cookie)
}

fn further(client: &Client, url: &str, cookie: &str, pod: &str) -> anyhow::Result<()> {
    for _ in 0..FURTHER_REQUESTS {
        let reply = client.get(url, Some(cookie))?;
        ensure!(
            reply.echo.pod == pod,
            "a further request went to {}, not {pod}",
            reply.echo.pod
        );
    }
    output::line(&format!(
        "     {FURTHER_REQUESTS} further requests, each on a new connection: all on {pod}"
    ))?;
    Ok(())
}

/// The value says nothing to a reader; its first and last characters do.
fn shortened(set_cookie: &str) -> String {
    match set_cookie.split_once(';') {
        Some((pair, rest)) if pair.len() > 24 => {
            format!("{}...{};{rest}", &pair[..16], &pair[pair.len() - 4..])
        }
        _ => set_cookie.to_owned(),
    }
}
