//! The machine, as it changes.

use super::everywhere;
use crate::stage::Stage;

super::cases! {
    everywhere => [the_numbers_change_and_the_charts_draw],
}

async fn the_numbers_change_and_the_charts_draw(stage: &Stage) {
    let example = stage.example().await;
    let page = stage.open(&example.origin()).await;
    let first = page.live().await;
    assert_eq!(first.framework, stage.place.framework);
    assert_eq!(first.reconnects, 0);

    let changed = page.until("other numbers and longer curves", |now| {
        let curves = now.curves.iter().zip(&first.curves);
        now.numbers != first.numbers
            && curves
                .into_iter()
                .all(|(now, first)| now.width > first.width && now.path != first.path)
    });
    let changed = changed.await;
    assert!(changed.events > first.events, "{changed:#?}");
}
