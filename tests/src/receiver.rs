//! Somebody whom a webhook calls: a server that answers as it is told to.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// What came in, and what was answered.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: HashMap<String, String>,
    pub body: String,
    pub answer: Answer,
}

impl Received {
    /// The event.
    #[must_use]
    pub fn event(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// Whether it was taken.
    #[must_use]
    pub fn was_taken(&self) -> bool {
        matches!(self.answer, Answer::Status(200..=299) | Answer::Slowly(_))
    }

    /// What its order counts within: the person, or else the subject.
    #[must_use]
    pub fn about(&self) -> String {
        let event = self.event();
        event["person"].as_str().or(event["subject"].as_str()).expect("a text").to_owned()
    }

    /// Its number.
    #[must_use]
    pub fn sequence(&self) -> i64 {
        self.event()["sequence"].as_str().expect("a text").parse().expect("a number")
    }
}

/// How to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// With this status.
    Status(u16),
    /// With 503, and so many seconds to wait.
    Later(u32),
    /// With 200, after a while.
    Slowly(Duration),
    /// By hanging up.
    Nothing,
}

type Behave = Box<dyn FnMut(&Value) -> Answer + Send>;

/// A receiver on this machine.
#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
    behave: Arc<Mutex<Behave>>,
}

impl Receiver {
    /// One that takes everything.
    #[must_use]
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://127.0.0.1:{}/events", listener.local_addr().expect("an address").port());
        let behave: Behave = Box::new(|_| Answer::Status(204));
        let this = Self { url, received: Arc::default(), behave: Arc::new(Mutex::new(behave)) };
        let server = this.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let server = server.clone();
                thread::spawn(move || server.serve(&stream));
            }
        });
        this
    }

    /// Answers so from now on; what it is told of is the event.
    pub fn behave(&self, behave: impl FnMut(&Value) -> Answer + Send + 'static) {
        *self.behave.lock().expect("a lock") = Box::new(behave);
    }

    /// Everything that came in, in its order.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().expect("a lock").clone()
    }

    /// The numbers of what was taken, each once, in the order of their arrival.
    #[must_use]
    pub fn taken(&self) -> Vec<i64> {
        let mut taken = Vec::new();
        for sequence in self.received().iter().filter(|it| it.was_taken()).map(Received::sequence) {
            if !taken.contains(&sequence) {
                taken.push(sequence);
            }
        }
        taken
    }

    fn serve(&self, stream: &TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_ascii_lowercase(), value.to_owned());
            }
        }
        let length: usize = headers.get("content-length")?.parse().ok()?;
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let answer = (self.behave.lock().expect("a lock"))(&serde_json::from_str(&body).ok()?);
        self.received.lock().expect("a lock").push(Received { headers, body, answer });
        let mut more = String::new();
        let status = match answer {
            Answer::Status(status) => status,
            Answer::Later(seconds) => {
                more = format!("Retry-After: {seconds}\r\n");
                503
            }
            Answer::Slowly(pause) => {
                thread::sleep(pause);
                200
            }
            Answer::Nothing => return None,
        };
        let head = format!("HTTP/1.1 {status} Answer\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
        let mut writer = stream;
        writer.write_all(head.as_bytes()).ok()
    }
}
