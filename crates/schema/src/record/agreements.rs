//! Agreements between a person and their manager, which the person may carry to the next one: what
//! was agreed and when it is looked at again, never why.

use super::record;
use crate::field::Lines;
use crate::time::Date;

record! {
    /// A working carer's agreement, signed off by the person and their manager. Nobody asks for it,
    /// nothing is judged by it; the person shows it to a new manager, who honours or reviews it.
    CarerAgreement {
        /// What was agreed, one arrangement a line. Not for whom, and not why.
        agreed: Lines = "agreed",
        /// The day on which the person signed it off.
        person_signed: Date = "personSigned",
        /// The day on which the manager signed it off.
        manager_signed: Date = "managerSigned",
        /// The day by which both look at it again.
        review_by: Date = "reviewBy",
    } extra {}
    check review_follows(manager_signed, review_by)
}

record! {
    /// An adjustments agreement, signed off by the person and their manager. As a carer's: needs and
    /// arrangements, no diagnosis.
    AdjustmentsAgreement {
        /// What was agreed, one arrangement a line. Not why.
        agreed: Lines = "agreed",
        /// The day on which the person signed it off.
        person_signed: Date = "personSigned",
        /// The day on which the manager signed it off.
        manager_signed: Date = "managerSigned",
        /// The day by which both look at it again.
        review_by: Date = "reviewBy",
    } extra {}
    check review_follows(manager_signed, review_by)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "called with the fields of a record as they were read")]
fn review_follows(signed: &Date, review: &Date, context: &mut crate::field::Context<'_>) {
    if review < signed {
        context.at("reviewBy", |context| context.problem("ends-before-it-begins", format!("lies before {signed}")));
    }
}
