//! Training, competencies, qualifications and preceptorship.

use super::record;
use crate::codes::{
    self, Aspect, AssessmentMethod, AssessorRole, Independence, LearningMethod, PreceptorshipProgramme,
    PreceptorshipStatus, Setting, Subject, Term,
};
use crate::field::{Skill, Until};
use crate::id::OrganisationCode;
use crate::text::Text;
use crate::time::{Date, When};

record! {
    /// A training was completed.
    Training dated "awarded" {
        /// Framework, subject, level and competency.
        subject: Term<Subject> = "subject",
        /// When.
        awarded: Date = "awarded",
        /// When its issuer expects it to be renewed. A receiver counts its own period.
        until: Until = "validUntil",
    } extra {
        /// The organisation that awarded it; absent when it is the issuer.
        1 awarded_by: OrganisationCode = "awardedBy",
        /// Hours, where hours count.
        2 hours: u16 = "hours",
        /// How it was learned.
        3 method: Term<LearningMethod> = "learningMethod",
        /// Whether it was assessed.
        4 assessed: bool = "assessed",
    }
}

record! {
    /// Someone was assessed as able to do something. Knowledge transfers; practice may need a look.
    Competency dated "assessed" {
        /// Framework, competency and elements.
        skill: Skill = "competency",
        /// Theory, practice or both.
        aspect: Term<Aspect> = "aspect",
        /// How independently.
        independence: Term<Independence> = "independence",
        /// In which setting, with which patients.
        setting: Term<Setting> = "setting",
        /// When.
        assessed: Date = "assessed",
        /// Last day before a review.
        until: Until = "validUntil",
        /// The assessor's role.
        assessor: Term<AssessorRole> = "assessorRole",
        /// How it was assessed.
        method: Term<AssessmentMethod> = "method",
    } extra {
        /// The assessor's organisation; absent when it is the issuer.
        1 assessor_organisation: OrganisationCode = "assessorOrganisation",
        /// The framework's version, where the code list names none.
        2 version: Text = "frameworkVersion",
        /// When it was last practised.
        3 last_practised: When = "lastPractised",
    }
}

record! {
    /// A qualification.
    Qualification {
        /// Which.
        title: Term<codes::Qualification> = "title",
        /// When, as far as is known.
        awarded: When = "awarded",
    } extra {
        /// Who awarded it.
        1 awarded_by: Text = "awardedBy",
    }
}

record! {
    /// A preceptorship.
    Preceptorship {
        /// Which programme.
        programme: Term<PreceptorshipProgramme> = "programme",
        /// Where it stands.
        status: Term<PreceptorshipStatus> = "status",
        /// First day.
        started: Date = "started",
    } extra {
        /// The month that it has reached, or in which it ended.
        1 month: u16 = "month",
    }
}
