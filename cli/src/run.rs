//! `limpet run`: the standalone gateway until a signal ends it.

use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use limpet_schema::messages;
use limpet_translator::inputs::{self, Held, Loaded};

use crate::args::RunFlags;
use crate::settings::{self, Settings};
use crate::signals::{Ask, Asked};
use crate::standalone::{Standalone, View};
use crate::state::State;
use crate::{logging, memory, output};

/// How often a listener whose address is not to be had is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// What the gateway reacts to.
pub enum Event {
    /// The manifests were read, at the start and after each change.
    Loaded(Box<Loaded>),
    /// SIGHUP: the affinity key file may have changed.
    KeysChanged,
    /// SIGTERM or Ctrl-C.
    Stop,
}

/// Serves until SIGTERM or Ctrl-C.
pub fn run(flags: &RunFlags) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(flags)?;
    logging::start(&settings.log)?;
    memory::give_back_regularly()?;
    for name in settings::unknown_variables() {
        let id = messages::SETTING_UNKNOWN.id;
        tracing::warn!("{name} names no setting and is ignored; `limpet run --help` does [{id}]");
    }
    let state = State::open(&settings.state)?;
    let events = events(&settings, state.clone())?;
    let mut standalone = Standalone::start(&settings, state)?;
    serve(&mut standalone, &events, &settings, None);
    standalone.stop();
    Ok(ExitCode::SUCCESS)
}

/// Starts reading the manifests and listening for signals.
pub fn events(settings: &Settings, state: State) -> anyhow::Result<Receiver<Event>> {
    let (sender, events) = channel();
    let held = state.held();
    let keep = move |held: &Held| state.keep_held(held);
    let changes = inputs::watch(&settings.filename, &settings.namespace, held, keep)?;
    let asked = Asked::listen()?.map(|ask| match ask {
        Ask::Reload => Event::KeysChanged,
        Ask::End => Event::Stop,
    });
    forward(
        changes
            .into_iter()
            .map(|loaded| Event::Loaded(Box::new(loaded))),
        sender.clone(),
    );
    forward(asked, sender);
    Ok(events)
}

/// Applies every change and prints what is different since `shown`, until a signal says stop.
pub fn serve(
    standalone: &mut Standalone,
    events: &Receiver<Event>,
    settings: &Settings,
    mut shown: Option<View>,
) {
    loop {
        let view = match events.recv_timeout(RETRY) {
            Ok(Event::Loaded(loaded)) => Some(standalone.apply(*loaded)),
            Ok(Event::KeysChanged) => {
                standalone.reload_keys();
                None
            }
            Err(RecvTimeoutError::Timeout) => standalone.retry(),
            Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(view) = view {
            show(settings, &mut shown, view);
        }
    }
}

fn show(settings: &Settings, shown: &mut Option<View>, view: View) {
    if shown.as_ref() != Some(&view) {
        if let Err(error) = output::view(settings.output, settings, shown.as_ref(), &view) {
            tracing::warn!("{error}");
        }
        *shown = Some(view);
    }
}

fn forward(events: impl Iterator<Item = Event> + Send + 'static, sender: Sender<Event>) {
    thread::spawn(move || {
        for event in events {
            if sender.send(event).is_err() {
                return;
            }
        }
    });
}
