//! Who someone is and where they work.

use super::record;
use crate::codes::{AssignmentCategory, Role, StaffGroup, Term};
use crate::field::{Sha256Digest, Until};
use crate::id::OrganisationCode;
use crate::text::{Name, Text};
use crate::time::{Date, When};

record! {
    /// The name that someone uses, and their date of birth. No gender, no previous name, no number.
    Identity {
        /// Name as used.
        name: Name = "name",
        /// Date of birth; minors and some agreements leave it out.
        birth_date: Option<Date> = "birthDate",
    } extra {
        /// SHA-256 of the photo on their badge, so that a copy can be compared.
        1 photo_digest: Sha256Digest = "photoDigest",
    }
}

record! {
    /// A job with an organisation: employed, bank, honorary or volunteering.
    Employment dated "started" {
        /// The employer; absent when it is the issuer.
        employer: Option<OrganisationCode> = "employer",
        /// The role.
        role: Term<Role> = "role",
        /// First day, or what is known of it.
        started: When = "started",
        /// Last day of a fixed term, or of a job that ended.
        until: Until = "validUntil",
    } extra {
        /// Kind of assignment.
        1 category: Term<AssignmentCategory> = "category",
        /// Staff group.
        2 staff_group: Term<StaffGroup> = "staffGroup",
        /// Job title as the employer words it.
        3 job_title: Text = "jobTitle",
        /// Department or area of work.
        4 area: Text = "area",
        /// Pay band.
        5 band: Text = "band",
    }
}

record! {
    /// A time at a host organisation: a rotation, a secondment, a shift under an agreement.
    Placement dated "started" {
        /// Where.
        host: OrganisationCode = "host",
        /// As what.
        role: Term<Role> = "role",
        /// First day, or what is known of it.
        started: When = "started",
        /// Last day.
        until: Until = "validUntil",
    } extra {
        /// The host's site.
        1 site: Text = "site",
        /// The programme that it is part of.
        2 programme: Text = "programme",
        /// National post number of a doctor in training.
        3 post_number: Text = "postNumber",
        /// Specialty.
        4 specialty: Text = "specialty",
        /// Grade.
        5 grade: Text = "grade",
        /// Whether the host gave a licence to attend.
        6 licence_to_attend: bool = "licenceToAttend",
    }
}
