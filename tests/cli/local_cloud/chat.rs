//! `chat` and `logs --follow` as a person at a terminal meets them.
use std::time::{Duration, Instant};

use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{LocalModes, tcgetattr},
};

use super::conversations::{SPEC, soon, with_model};
use crate::support::{
    client::Client, local_cloud::cloud, network::Network, program::program, screen::Screen, stack::Stack,
};

const COLUMNS: u16 = 160;

/// Starts `chat` on a terminal, through a network of its own, and waits for its prompt.
fn chat(stack: &Stack) -> (Network, Screen) {
    let network = Network::before(&cloud().url);
    let mut command = program(&["chat", "--endpoint-url", &network.url]);
    command.current_dir(stack.folder.path());
    command.envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_SESSION_TOKEN", &cloud().token),
        ("AWS_REGION", "us-east-1"),
        ("TERM", "xterm-256color"),
    ]);
    let screen = Screen::new(command, COLUMNS);
    screen.ends_showing("connected;", "\n>");
    (network, screen)
}

#[tokio::test]
async fn a_chat_streams_remembers_and_outlives_interrupts_and_drops() {
    let (_bedrock, stack) = with_model("terminal");
    let (network, screen) = chat(&stack);

    screen.types("repeat 30 every 200: tick.\r");
    screen.shows("tick.tick.tick");
    let ticks = |text: &str| text.matches("tick").count();
    assert!(ticks(&screen.text()) < 31, "it came all at once:\n{}", screen.text());
    let whole = screen.ends_showing("tick", "\n>");
    assert_eq!(ticks(&whole), 31, "the question and thirty pieces:\n{whole}");

    screen.types("\u{1b}[A");
    screen.ends_showing("", "\n> repeat 30 every 200: tick.");
    screen.types("\u{15}hello\r");
    screen.ends_showing("3 messages", "\n>");

    screen.types("repeat 200 every 100: word.\r");
    screen.shows("word.word");
    screen.types("\u{3}");
    screen.ends_showing("stopped; the answer is not complete\nconnected again", "\n>");
    soon("the model to be stopped", async || stack.logs().contains(r#"\"event\":\"gone\""#)).await;

    network.cut();
    screen.types("hello\r");
    screen.ends_showing("5 messages", "\n>");

    screen.types("repeat 200 every 100: lost.\r");
    screen.shows("lost.lost");
    network.cut();
    screen.ends_showing("the answer is not complete\nconnected again; the conversation goes on", "\n>");
    screen.types("\u{4}");
    let (code, text, _) = screen.end();
    assert_eq!(code, Some(0), "{text}");
}

#[test]
fn a_chat_that_is_ended_leaves_the_terminal_as_it_was() {
    let stack = Stack::apply("ended", SPEC);
    let (_network, screen) = chat(&stack);
    screen.types("\u{3}");
    assert_eq!(screen.end().0, Some(130), "Ctrl-C at the prompt");

    let (_network, screen) = chat(&stack);
    let line_by_line = |screen: &Screen| {
        let modes = tcgetattr(&*screen.pty).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    };
    assert!(!line_by_line(&screen), "lines are edited");
    kill_process(Pid::from_child(&screen.child), Signal::TERM).unwrap();
    let pty = std::sync::Arc::clone(&screen.pty);
    assert_eq!(screen.end().0, Some(143));
    let modes = tcgetattr(&*pty).unwrap().local_modes;
    assert!(modes.contains(LocalModes::ICANON | LocalModes::ECHO), "{modes:?}");
}

#[tokio::test]
async fn followed_logs_show_what_comes_until_ctrl_c() {
    let stack = Stack::apply("followed", SPEC);
    let mut command = stack.command(&["logs", "--follow"]);
    command.env("TERM", "xterm-256color");
    let screen = Screen::new(command, COLUMNS);
    let mut client = Client::connect(&stack.url()).await;
    for _ in 0..2 {
        client.ask("hello").await;
        let answered = screen.text().matches("INFO answered").count();
        soon("the answer in the log", async || screen.text().matches("INFO answered").count() > answered)
            .await;
    }
    let stopped = Instant::now();
    screen.types("\u{3}");
    let (code, text, _) = screen.end();
    assert_eq!(code, Some(130), "{text}");
    assert!(stopped.elapsed() < Duration::from_secs(10), "{:?}", stopped.elapsed());
}

#[test]
fn a_script_gets_whole_frames_and_learns_of_a_failed_answer() {
    let (_bedrock, stack) = with_model("script");
    let frames = stack.pipe(&["chat", "-q", "--format", "json"], "hello\nagain\n").exits(0).json_lines();
    assert!(
        frames.len() >= 6 && frames.iter().all(|frame| frame["conversationId"].is_string()),
        "{frames:?}"
    );
    let failed = stack.pipe(&["chat", "-q"], "break\nhello\n").exits(1);
    assert!(failed.out.contains("messages\n"), "the next question is still asked: {failed}");
}
