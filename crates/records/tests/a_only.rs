//! temporary
#[path = "records/backup.rs"] mod backup;
#[path = "records/filled.rs"] mod filled;
#[path = "records/ground.rs"] mod ground;
#[path = "records/killed.rs"] mod killed;
#[path = "records/people_school.rs"] mod people_school;
#[path = "records/postgres.rs"] mod postgres;
#[path = "records/store.rs"] mod store;
