//! The employment checks: that each was done and how it came out, never what was found.

use super::record;
use crate::codes::{
    self, BarredLists, DbsLevel, DbsWorkforce, Facts, IdentityLevel, RegisterStatus, Regulator, RightToWorkBasis,
    ScreeningResult, Term, number_fits,
};
use crate::field::{Context, Outcome, Until};
use crate::id::OrganisationCode;
use crate::text::Text;
use crate::time::{Date, When};

record! {
    /// Someone's identity was proved.
    IdentityCheck {
        /// How it came out.
        outcome: Outcome = "outcome",
        /// When.
        checked: Date = "checked",
        /// To which level (Good Practice Guide 45).
        level: Term<IdentityLevel> = "level",
    } extra {}
}

record! {
    /// Permission to work in the United Kingdom was checked. The statutory excuse stays with the
    /// employer that checked.
    RightToWork dated "checked" {
        /// How it came out.
        outcome: Outcome = "outcome",
        /// When.
        checked: Date = "checked",
        /// On what it rests.
        basis: Term<RightToWorkBasis> = "basis",
        /// Last day of a permission with an end.
        until: Until = "validUntil",
    } extra {
        /// What the permission does not allow, such as more than 20 hours a week.
        1 restrictions: Text = "restrictions",
    }
}

record! {
    /// An entry in a professional register, as it stood when it was looked up. Never a proof that
    /// it still stands so.
    Registration {
        /// Which regulator.
        regulator: Term<Regulator> = "regulator",
        /// The number, as text: letters and leading zeros count.
        number: Text = "number",
        /// The status that the register showed.
        status: Term<RegisterStatus> = "status",
        /// When it was looked up.
        checked: Date = "checked",
        /// Last day of the current registration; before `checked` when it has lapsed.
        until: Option<Date> = "validUntil",
    } extra {
        /// The part of the register, or the profession.
        1 part: Text = "part",
        /// Conditions or undertakings, which whoever relies on it must see.
        2 conditions: Text = "conditions",
        /// First registered.
        3 first_registered: When = "firstRegistered",
        /// When revalidation is due.
        4 revalidation_due: Date = "revalidationDue",
        /// For a doctor: holds a licence to practise.
        5 licence_to_practise: bool = "licenceToPractise",
    }
    check number_is_the_regulators(regulator, number)
}

record! {
    /// A criminal record check (DBS) was done and accepted. Nothing that it disclosed, no
    /// certificate number.
    CriminalRecordCheck {
        /// How it came out.
        outcome: Outcome = "outcome",
        /// Date of issue of the certificate.
        issued: Date = "issued",
        /// Level.
        level: Term<DbsLevel> = "level",
        /// Workforce.
        workforce: Term<DbsWorkforce> = "workforce",
        /// Barred lists that were checked.
        barred_lists: Term<BarredLists> = "barredLists",
    } extra {
        /// Whether the person subscribes to the Update Service.
        1 update_service: bool = "updateService",
    }
    check lists_fit_the_level(level, barred_lists)
}

record! {
    /// Employment history and references were obtained.
    Reference {
        /// How it came out.
        outcome: Outcome = "outcome",
        /// When the last was received.
        received: Date = "received",
        /// How many months they cover.
        months: u16 = "months",
    } extra {
        /// The organisation that gave it, when there is one.
        1 referee: OrganisationCode = "referee",
    }
}

record! {
    /// Occupational health cleared someone for work. The outcome, never results.
    HealthClearance dated "cleared" {
        /// How it came out; restrictions are its conditions.
        outcome: Outcome = "outcome",
        /// When.
        cleared: Date = "cleared",
        /// For which work.
        clearance: Term<codes::HealthClearance> = "clearance",
        /// Last day before a review.
        until: Until = "validUntil",
    } extra {}
}

record! {
    /// The outcome of a screening or vaccination. Old ones often have only a year.
    Screening dated "done" {
        /// Which.
        item: Term<codes::Screening> = "item",
        /// How it came out.
        result: Term<ScreeningResult> = "result",
        /// When, as far as is known.
        done: When = "done",
        /// Last day on which it counts.
        until: Until = "validUntil",
    } extra {
        /// The season of a seasonal vaccination, such as 2026/27.
        1 season: Text = "season",
    }
}

fn number_is_the_regulators(regulator: &Term<Regulator>, number: &Text, context: &mut Context<'_>) {
    let Some(Facts::Regulator { masks, .. }) = regulator.entry().map(|entry| &entry.facts) else { return };
    if !number_fits(masks, number.as_str()) {
        let looks = masks.join(" or ");
        let detail = format!("is not a number of the {}; its numbers look like {looks}", regulator.title());
        context.at("number", |context| context.problem("registration-number", detail));
    }
}

fn lists_fit_the_level(level: &Term<DbsLevel>, lists: &Term<BarredLists>, context: &mut Context<'_>) {
    if level.entry().is_some() && level.is("enhanced-barred-lists") == lists.is("none") {
        let detail = "an enhanced check with barred lists names which; no other check looks at them";
        context.at("barredLists", |context| context.problem("barred-lists", detail));
    }
}
