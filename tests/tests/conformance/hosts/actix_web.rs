//! actix-web, by its `HttpServer` with one worker.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{App, HttpRequest, HttpServer};
use futures_util::Stream;
use tower_sse::Item;
use tower_sse_actix_web::{Head, LastEventId, Sse, mount};

use super::Stop;
use crate::scenarios::{Asked, Scenarios, Stage};

const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    let app = move || {
        App::new()
            .service(web::scope("/events").configure(routes(&stage.events)))
            .service(web::scope("/encoded").configure(routes(&stage.encoded)))
            .service(web::scope("/telling").configure(routes(&stage.telling)))
            .service(web::scope("/hub").configure(routes(&stage.hub)))
    };
    actix_web::rt::System::new().block_on(async {
        let server = HttpServer::new(app).workers(1).disable_signals();
        // On a machine under load, a peer that is alive may be slower than the 5 seconds of both.
        let server = server.client_request_timeout(PATIENCE).keep_alive(PATIENCE);
        let server = server.listen_auto_h2c(listener).expect("it listens").run();
        let handle = server.handle();
        let server = actix_web::rt::spawn(server);
        // The sender is dropped to say so.
        let _ = stop.await;
        handle.stop(false).await;
        server.await.expect("nothing panics").expect("nothing fails");
    });
}

fn routes<S: Stream<Item: Item> + Send + 'static>(
    scenarios: &Scenarios<S>,
) -> impl FnOnce(&mut ServiceConfig) {
    let scenarios = scenarios.clone();
    move |app| {
        let native = scenarios.clone();
        let native =
            move |request: HttpRequest, name: Path<String>, last: LastEventId, head: Head| {
                let query = request.query_string().to_owned();
                let asked = Asked { last_event_id: last.0, query, head: head.0 };
                let answer = Sse::from(native.answer(&name, asked));
                async { answer }
            };
        app.route("/native/{name}", web::get().to(native))
            .route("/mount/{name}", mount(scenarios.mount()))
            .route("/strict/{name}", mount(scenarios.mount().check_accept()))
            .route("/layer/{name}", mount(scenarios.layer()));
    }
}
