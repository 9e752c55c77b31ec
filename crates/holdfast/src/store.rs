//! Where the store is: what the config, the command line and the environment say.

use holdfast_core::problem::lines;
use holdfast_machine::config::{Config, STORE_SECRETS};
use holdfast_records::{
    command::{Surroundings, Where},
    store::{Clock, Place},
};
use jiff::Timestamp;

/// What the commands of the records need of the machine.
pub fn surroundings() -> Surroundings {
    Surroundings { place: Box::new(place), clock: clock() }
}

/// The machine's clock.
pub fn clock() -> Clock {
    Clock::new(Timestamp::now)
}

/// The place that a running program uses; a demonstration keeps to its own folder, whatever the environment says.
pub fn place_of(config: &Config, stays_here: bool) -> Place {
    let database = if stays_here { None } else { database_url() };
    Place { data: config.data.clone(), database, secrets: config.store.secrets.clone() }
}

fn place(typed: &Where) -> Result<Place, String> {
    if let (Some(data), false) = (&typed.data, typed.config.exists()) {
        return Ok(Place { data: data.clone(), database: database_url(), secrets: STORE_SECRETS.into() });
    }
    let config = Config::read(&typed.config).map_err(|problems| lines(&problems))?;
    let place = place_of(&config, false);
    Ok(Place { data: typed.data.clone().unwrap_or(place.data), ..place })
}

/// `DATABASE_URL` chooses PostgreSQL; it holds a password, so it is not in the config.
pub fn database_url() -> Option<String> {
    std::env::var("DATABASE_URL").ok().filter(|url| !url.is_empty())
}
