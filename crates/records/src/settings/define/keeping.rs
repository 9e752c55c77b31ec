//! How long records are kept (practice 23: a setting, with its reason). The catalogue asks for it in K-23 and has no row of Part 4.

use crate::settings::definition::{Kind, Order, Owner, define, silent};

define! {
    CHILD_FILE_YEARS: u32 = "retention.child_file" of "retention",
    "A child's file is put up for review after" {
        kind: Kind::Whole { unit: "years from the day of birth", from: 25, to: 100 },
        order: Order::None,
        default: "25",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["K-23", "K-18"],
        owner: Owner::DataProtection,
        note: "Then somebody decides; no clock erases a file. Holds stop it (practice 24).",
    }

    STAFF_FILE_YEARS: u32 = "retention.staff_file" of "retention",
    "A confidential staff-concerns file is put up for review after" {
        kind: Kind::Whole { unit: "years from its opening, and not before the person left", from: 10, to: 100 },
        order: Order::None,
        default: "10",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["K-23", "K-18"],
        owner: Owner::DataProtection,
        note: "Then somebody decides; no clock erases a file. Holds stop it (practice 24).",
    }

    REPORT_YEARS: u32 = "retention.reports" of "retention",
    "A complaint or report that was answered, and is in no file, is erased after" {
        kind: Kind::Whole { unit: "years from the answer", from: 1, to: 100 },
        order: Order::None,
        default: "6",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["K-23", "K-18", "C-15"],
        owner: Owner::DataProtection,
        note: "Also one that was found to be malicious. What still waits is never erased by a clock; holds stop it (practice 24).",
    }

    LEAVER_DAYS: u32 = "retention.leavers" of "retention",
    "The record of somebody who left, and about whom there is no file, is erased after" {
        kind: Kind::Whole { unit: "days; 0 is never by itself, and fewer than 30 count as 30", from: 0, to: 36_500 },
        order: Order::None,
        default: "0",
        said: &[silent("S0"), silent("S2"), silent("S3")],
        controls: &["K-23", "K-18"],
        owner: Owner::DataProtection,
        note: "Holds stop it (practice 24), and so does a child still here whom the record protects.",
    }
}
