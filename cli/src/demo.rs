//! `limpet demo`: three backends, Limpet on the specification's own manifests, and the eight steps
//! of the specification page, each checked as it happens.
//!
//! The manifests are those of `examples/session-affinity`. From a checkout they are served from
//! there, so that an edit shows at once; elsewhere, and with `--check`, from a copy, which `--keep` leaves
//! behind, and with `--check` on free ports. Tested by itself: `limpet demo --check` is part of `make test`.

pub mod backend;
mod client;
mod drawing;
mod manifests;
mod steps;

use std::process::ExitCode;
use std::sync::mpsc::Receiver;

use crate::args::{DemoArgs, Output, RunFlags};
use crate::run::Event;
use crate::settings::Settings;
use crate::standalone::{Standalone, View};
use crate::state::State;
use crate::{logging, output, run};

use backend::Backends;
use manifests::{Manifests, Ports};

/// Runs the demo; without `--check` it goes on serving until it is told to stop.
pub fn demo(args: &DemoArgs) -> anyhow::Result<ExitCode> {
    logging::start("warn")?;
    let usual = Ports::usual().filter(|_| !args.check);
    let in_place = usual.is_some();
    if !args.check && !in_place {
        output::line(
            "A port that the manifests name is taken: the demo uses free ones, in a copy of them.",
        )?;
    }
    let ports = usual.map_or_else(Ports::free, Ok)?;
    let manifests = Manifests::place(&ports, in_place, args.keep.as_deref())?;
    output::line("Starting three backends and Limpet ...")?;
    let _backends = Backends::start(ports.backend)?;
    let settings = settings(&manifests, &ports)?;
    let state = State::open(&settings.state)?;
    let events = run::events(&settings, state.clone())?;
    let mut standalone = Standalone::start(&settings, state)?;
    let shown = apply_first(&mut standalone, &events, &settings)?;
    let passed = steps::walk(&ports)?;
    if passed && !args.check {
        output::line(&things_to_try(&manifests, &ports))?;
        run::serve(&mut standalone, &events, &settings, Some(shown));
    }
    standalone.stop();
    Ok(if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn apply_first(
    standalone: &mut Standalone,
    events: &Receiver<Event>,
    settings: &Settings,
) -> anyhow::Result<View> {
    let Event::Loaded(loaded) = events.recv()? else {
        anyhow::bail!("stopped before it began")
    };
    let view = standalone.apply(*loaded);
    output::view(Output::Table, settings, None, &view)?;
    anyhow::ensure!(
        standalone.is_whole(),
        "an address was taken meanwhile, see above; start the demo again [listener-address-unavailable]"
    );
    Ok(view)
}

fn settings(manifests: &Manifests, ports: &Ports) -> anyhow::Result<Settings> {
    let flags = RunFlags {
        filename: vec![manifests.folder().to_owned()],
        namespace: Some("test-infra".to_owned()),
        ingress_port: Some(ports.ingress),
        admin: Some(([127, 0, 0, 1], ports.admin).into()),
        state: Some(manifests.state_folder().to_owned()),
        ..RunFlags::default()
    };
    Settings::load(&flags)
}

fn things_to_try(manifests: &Manifests, ports: &Ports) -> String {
    let Ports { gateway, admin, .. } = ports;
    let policy = manifests.folder().join("route-policy.yaml");
    format!(
        "Serving on http://127.0.0.1:{gateway} until Ctrl-C. Three things to try:\n\
         \n  for i in 1 2 3 4 5; do curl -s -b jar -c jar http://127.0.0.1:{gateway}/; done\n\
         \x20 curl -s http://127.0.0.1:{admin}/sessions\n\
         \x20 edit {} and watch the new cookie come: curl -i http://127.0.0.1:{gateway}/\n",
        policy.display()
    )
}
