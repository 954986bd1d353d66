//! One request for a file of the page, and the answer to it.
use super::page::{Page, Served};

/// Most headers of a request.
const HEADERS: usize = 100;

/// Answers a request whose head is `head`; `port` is the one that it came in by.
pub(super) fn answer(page: &Page, port: u16, head: &[u8]) -> Vec<u8> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    if !request.parse(head).is_ok_and(|status| status.is_complete()) {
        return refusal("400 Bad Request", "this is no request");
    }
    if !names_this_machine(&request, port) {
        return refusal("421 Misdirected Request", "this page answers under names of this machine only");
    }
    let with_body = match request.method {
        Some("GET") => true,
        Some("HEAD") => false,
        _ => return refusal("405 Method Not Allowed", "this page is read only"),
    };
    let path = request.path.and_then(|path| path.split('?').next()).unwrap_or_default();
    match page.file(path) {
        Some(file) => response("200 OK", page, &file, with_body),
        None => refusal("404 Not Found", "there is no such file"),
    }
}

/// Whether the request was meant for this machine: a page of others can let its own name lead here, and would then read as
/// the same origin (DNS rebinding).
fn names_this_machine(request: &httparse::Request<'_, '_>, port: u16) -> bool {
    let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let own = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    let known = hosts.next().is_some_and(|host| own.iter().any(|own| own.as_bytes() == host.value));
    known && hosts.next().is_none()
}

fn response(status: &str, page: &Page, file: &Served<'_>, with_body: bool) -> Vec<u8> {
    let Served { media_type, text } = file;
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\nContent-Security-Policy: {}\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCache-Control: no-store\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n",
        text.len(),
        page.content_security_policy(),
    );
    let body = if with_body { text.as_bytes() } else { &[] };
    [head.as_bytes(), body].concat()
}

/// Refuses a request in words.
pub(super) fn refusal(status: &str, why: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{why}",
        why.len(),
    )
    .into_bytes()
}
