//! Records: one fact each, with its provenance.
//!
//! Each kind lists its fields once, with [`record!`]: those of its *row*, which a pass always
//! holds in that order, and its *extras*, which may be missing and which a pass holds under
//! small numbers. JSON, passes, JSON Schemas and the tables in `docs/FORMAT.md` follow from it.

mod agreements;
mod checks;
mod person;
mod provenance;
mod skills;

use serde_json::{Map, Value, json};

pub use agreements::*;
pub use checks::*;
pub use person::*;
pub use provenance::*;
pub use skills::*;

use crate::codes::CodeLists;
use crate::field::{Context, Members, Packer, UnpackError, Unpacker, ends_before};
use crate::id::Id;
use crate::json::Json;
use crate::json_writer::JsonWriter;
use crate::time::{Date, When};

/// The fields that one kind of record has beside those that every record has.
pub(crate) trait Shape: Sized {
    /// What it is.
    const ABOUT: &'static str;
    /// The fields of its row, in order.
    const ROW: &'static [FieldInfo];
    /// Its extras, by key.
    const EXTRAS: &'static [FieldInfo];
    fn read(object: &mut Members<'_, '_, '_>) -> Option<Self>;
    fn write(&self, object: &mut JsonWriter);
    fn pack_row(&self, packer: &mut Packer);
    fn unpack_row(input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError>;
    /// Packs each extra that is there as a key and a value; returns how many.
    fn pack_extras(&self, packer: &mut Packer) -> usize;
    /// Takes the value of one key; false if this kind has no such key.
    fn unpack_extra(&mut self, key: i64, input: &mut Unpacker<'_, '_>) -> Result<bool, UnpackError>;
    fn describe(lists: &CodeLists, properties: &mut Map<String, Value>, required: &mut Vec<Value>);
    /// Whether the meaning of every field is known.
    fn known(&self) -> bool;
    /// Notes what does not hold between its fields, beyond its end.
    fn check(&self, context: &mut Context<'_>);
}

/// One field of a kind of record, for documents.
#[derive(Debug, Clone, Copy)]
pub struct FieldInfo {
    /// Its key in a pass, if it is an extra.
    pub key: Option<i64>,
    /// Its name in JSON.
    pub name: &'static str,
    /// Its type in Rust; an extra's may be missing besides.
    pub rust_type: &'static str,
    /// What it says.
    pub about: &'static str,
}

/// Declares a kind of record: a struct, and how it stands in every form.
macro_rules! record {
    (
        $(#[doc = $doc:literal])*
        $name:ident $(dated $dated:literal)? {
            $($(#[doc = $row_doc:literal])* $row:ident: $row_type:ty = $row_name:literal,)*
        } extra {
            $($(#[doc = $extra_doc:literal])* $key:literal $extra:ident: $extra_type:ty = $extra_name:literal,)*
        }
        $(check $check:ident($($checked:ident),+))?
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $($(#[doc = $row_doc])* pub $row: $row_type,)*
            $($(#[doc = $extra_doc])* pub $extra: Option<$extra_type>,)*
        }

        impl $crate::record::Shape for $name {
            const ABOUT: &'static str = concat!($($doc),*);
            const ROW: &'static [$crate::record::FieldInfo] = &[$($crate::record::FieldInfo {
                key: None,
                name: $row_name,
                rust_type: stringify!($row_type),
                about: concat!($($row_doc),*),
            }),*];
            const EXTRAS: &'static [$crate::record::FieldInfo] = &[$($crate::record::FieldInfo {
                key: Some($key),
                name: $extra_name,
                rust_type: stringify!($extra_type),
                about: concat!($($extra_doc),*),
            }),*];

            fn read(object: &mut $crate::field::Members<'_, '_, '_>) -> Option<Self> {
                $(object.dated = Some($dated);)?
                $(let $row = <$row_type as $crate::field::Field>::read(object, $row_name);)*
                $(let $extra = <Option<$extra_type> as $crate::field::Field>::read(object, $extra_name);)*
                // Looked at whatever the other fields are like, so that one round names every fault.
                $(if let ($(Some($checked)),+) = ($(&$checked),+) {
                    $check($($checked),+, object.context);
                })?
                Some(Self { $($row: $row?,)* $($extra: $extra?,)* })
            }

            fn write(&self, object: &mut $crate::json_writer::JsonWriter) {
                $($crate::field::Field::write(&self.$row, $row_name, object);)*
                $($crate::field::Field::write(&self.$extra, $extra_name, object);)*
            }

            fn pack_row(&self, packer: &mut $crate::field::Packer) {
                $($crate::field::Field::pack(&self.$row, packer);)*
            }

            fn unpack_row(input: &mut $crate::field::Unpacker<'_, '_>) -> Result<Self, $crate::field::UnpackError> {
                Ok(Self { $($row: $crate::field::Field::unpack(input)?,)* $($extra: None,)* })
            }

            #[allow(unused_mut, unused_variables, reason = "a kind may have no extras")]
            fn pack_extras(&self, packer: &mut $crate::field::Packer) -> usize {
                let mut count = 0;
                $(if let Some(value) = &self.$extra {
                    packer.out.int($key);
                    $crate::field::Field::pack(value, packer);
                    count += 1;
                })*
                count
            }

            #[allow(unused_variables, reason = "a kind may have no extras")]
            fn unpack_extra(
                &mut self,
                key: i64,
                input: &mut $crate::field::Unpacker<'_, '_>,
            ) -> Result<bool, $crate::field::UnpackError> {
                match key {
                    $($key => self.$extra = Some($crate::field::Field::unpack(input)?),)*
                    _ => return Ok(false),
                }
                #[allow(unreachable_code, reason = "a kind may have no extras")]
                Ok(true)
            }

            fn describe(
                lists: &$crate::codes::CodeLists,
                properties: &mut serde_json::Map<String, serde_json::Value>,
                required: &mut Vec<serde_json::Value>,
            ) {
                $(if <$row_type as $crate::field::Field>::describe($row_name, lists, properties) {
                    required.push($row_name.into());
                })*
                $(<$extra_type as $crate::field::Field>::describe($extra_name, lists, properties);)*
            }

            fn known(&self) -> bool {
                true $(&& $crate::field::Field::known(&self.$row))* $(&& $crate::field::Field::known(&self.$extra))*
            }

            #[allow(unused_variables, reason = "most kinds have nothing to be checked")]
            fn check(&self, context: &mut $crate::field::Context<'_>) {
                $($check($(&self.$checked),+, context);)?
            }
        }
    };
}
pub(crate) use record;

/// Declares the kinds: number in passes, name in JSON, family.
macro_rules! kinds {
    ($($number:literal $name:literal $family:ident $kind:ident;)*) => {
        /// What kind of fact a record is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each names its struct")]
        pub enum Kind { $($kind),* }

        impl Kind {
            /// Every kind, in the order of a pass.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// The number in passes.
            #[must_use]
            pub fn number(self) -> i64 {
                match self { $(Self::$kind => $number),* }
            }

            /// The name in JSON, in trust lists and on the command line.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }

            /// The family of credential that holds it.
            #[must_use]
            pub fn family(self) -> Family {
                match self { $(Self::$kind => Family::$family),* }
            }

            /// What it is; this and the two below are what `docs/FORMAT.md` is made of.
            #[must_use]
            pub fn about(self) -> &'static str {
                match self { $(Self::$kind => $kind::ABOUT),* }.trim_start()
            }

            /// The fields of a record's row in a pass, in order; its provenance follows.
            #[must_use]
            pub fn row_fields(self) -> &'static [FieldInfo] {
                match self { $(Self::$kind => $kind::ROW),* }
            }

            /// The extras that a record may have in a pass, by key.
            #[must_use]
            pub fn extra_fields(self) -> &'static [FieldInfo] {
                match self { $(Self::$kind => $kind::EXTRAS),* }
            }

            /// How many items a record's row has in a pass: its fields, and its provenance.
            pub(crate) fn row_items(self) -> usize {
                1 + self.row_fields().len()
            }

            /// The JSON Schema (2020-12) of a record of this kind.
            #[must_use]
            pub fn schema(self, lists: &CodeLists) -> Value {
                match self { $(Self::$kind => schema::<$kind>(self, lists)),* }
            }
        }

        /// The content of a record, by kind.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[expect(missing_docs, reason = "each holds its struct")]
        pub enum Content { $($kind($kind)),* }

        impl Content {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind),* }
            }

            fn read(kind: Kind, object: &mut Members<'_, '_, '_>) -> Option<Self> {
                match kind {
                    $(Kind::$kind => $kind::read(object).map(Self::$kind),)*
                }
            }

            fn write(&self, object: &mut JsonWriter) {
                match self { $(Self::$kind(content) => content.write(object)),* }
            }

            fn pack_row(&self, packer: &mut Packer) {
                match self { $(Self::$kind(content) => content.pack_row(packer)),* }
            }

            fn pack_extras(&self, packer: &mut Packer) -> usize {
                match self { $(Self::$kind(content) => content.pack_extras(packer)),* }
            }

            fn unpack_row(kind: Kind, input: &mut Unpacker<'_, '_>) -> Result<Self, UnpackError> {
                Ok(match kind { $(Kind::$kind => Self::$kind($kind::unpack_row(input)?)),* })
            }

            fn unpack_extra(&mut self, key: i64, input: &mut Unpacker<'_, '_>) -> Result<bool, UnpackError> {
                match self { $(Self::$kind(content) => content.unpack_extra(key, input)),* }
            }

            fn known(&self) -> bool {
                match self { $(Self::$kind(content) => content.known()),* }
            }

            fn check(&self, context: &mut Context<'_>) {
                match self { $(Self::$kind(content) => content.check(context)),* }
            }
        }
    };
}

kinds! {
    1 "identity" Identity Identity;
    2 "employment" Identity Employment;
    3 "placement" Identity Placement;
    4 "identityCheck" Check IdentityCheck;
    5 "rightToWork" Check RightToWork;
    6 "registration" Check Registration;
    7 "criminalRecordCheck" Check CriminalRecordCheck;
    8 "reference" Check Reference;
    9 "healthClearance" Check HealthClearance;
    10 "screening" Check Screening;
    11 "training" Training Training;
    12 "competency" Competency Competency;
    13 "qualification" Competency Qualification;
    14 "preceptorship" Competency Preceptorship;
    15 "carerAgreement" Agreement CarerAgreement;
    16 "adjustmentsAgreement" Agreement AdjustmentsAgreement;
}

impl Kind {
    /// The kind with that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind with that number in passes.
    #[must_use]
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.is_on_passes() && kind.number() == number)
    }

    /// Whether a pass may hold it: an agreement is shown by itself, when the person wants to.
    #[must_use]
    pub fn is_on_passes(self) -> bool {
        self.family() != Family::Agreement
    }

    /// Whether old news about it is harmless for some days: training and competency stay true
    /// when nobody could ask for their status since yesterday; checks do not.
    #[must_use]
    pub fn tolerates_stale_status(self) -> bool {
        matches!(self.family(), Family::Training | Family::Competency | Family::Agreement)
    }
}

/// Records that are signed together in one credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Who they are and where they work.
    Identity,
    /// The employment checks.
    Check,
    /// Training.
    Training,
    /// Competencies, qualifications, preceptorship.
    Competency,
    /// Agreements: the person's own to show, never on a pass, never part of an assessment.
    Agreement,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Check, Self::Training, Self::Competency, Self::Agreement];

    /// The credential's type (W3C VCDM 2.0, section 4.5).
    #[must_use]
    pub fn credential_type(self) -> &'static str {
        match self {
            Self::Identity => "StaffIdentityCredential",
            Self::Check => "EmploymentCheckCredential",
            Self::Training => "StaffTrainingCredential",
            Self::Competency => "StaffCompetencyCredential",
            Self::Agreement => "StaffAgreementCredential",
        }
    }

    /// The family with that credential type.
    #[must_use]
    pub fn parse(credential_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.credential_type() == credential_type)
    }
}

/// One fact, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Stable in credentials; a pass has no room for it, so that a record read from a pass has none.
    pub id: Option<Id>,
    /// The fact.
    pub content: Content,
    /// Where it comes from.
    pub provenance: Provenance,
}

impl Record {
    /// Reads one record at the current place.
    pub fn read(json: &Json<'_>, context: &mut Context<'_>) -> Option<Self> {
        Members::read(json, context, |object| {
            let kind = object.required("kind", |json, context| {
                let kind = json.as_text().and_then(Kind::parse);
                context.value(kind.ok_or_else(|| {
                    let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
                    ("unknown-kind", format!("must be one of {}", names.join(", ")))
                }))
            });
            let id = object.optional("id", |json, context| {
                let id = json.as_text().and_then(Id::parse);
                context.value(id.ok_or(("not-an-id", "must be urn:uuid: and a lower-case UUID".into())))
            });
            let provenance = object.required("provenance", Provenance::read);
            let Some(kind) = kind else {
                // Which other fields belong is not known, so they are not called unknown.
                object.take_all();
                return None;
            };
            let content = Content::read(kind, object);
            Some(Self { id: id?, content: content?, provenance: provenance? })
        })
    }

    /// Writes it as JSON.
    pub fn write(&self, out: &mut JsonWriter) {
        out.object(|out| self.write_members(out));
    }

    /// It as JSON text.
    #[must_use]
    pub fn to_json(&self) -> String {
        JsonWriter::object_text(|out| self.write_members(out))
    }

    /// It as a JSON value.
    ///
    /// # Panics
    /// Never: what is written is JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.to_json()).expect("what is written is JSON")
    }

    /// It as JSON text without its id, as if it had last been compared with its source on that day.
    #[must_use]
    pub fn to_json_of(&self, refreshed: Date) -> String {
        JsonWriter::object_text(|out| self.write_facts(out, refreshed))
    }

    fn write_members(&self, out: &mut JsonWriter) {
        if let Some(id) = self.id {
            out.key("id").plain(id);
        }
        self.write_facts(out, self.provenance.refreshed);
    }

    fn write_facts(&self, out: &mut JsonWriter, refreshed: Date) {
        out.key("kind").plain(self.kind().name());
        self.content.write(out);
        out.key("provenance");
        self.provenance.write(out, refreshed);
    }

    /// What kind of fact it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.content.kind()
    }

    /// Notes what does not hold between the fields of a record that was put together field by field; reading one
    /// from JSON notes the same.
    pub fn check(&self, context: &mut Context<'_>) {
        self.content.check(context);
        // A registration may have lapsed before it was looked up.
        if self.kind() != Kind::Registration
            && let (Some(start), Some(last)) = (self.dated(), self.last_day())
            && let Some((code, detail)) = ends_before(start, last)
        {
            context.at("validUntil", |context| context.problem(code, detail));
        }
    }

    /// Packs row, provenance and extras (`docs/FORMAT.md`); returns how many items that took.
    /// `refreshed` is the date that records of this pass share unless they say otherwise.
    pub(crate) fn pack(&self, packer: &mut Packer, refreshed: Date) -> usize {
        packer.anchor = packer.issued;
        self.content.pack_row(packer);
        self.provenance.assurance.pack(packer);
        let row = std::mem::take(&mut packer.out);
        let count = self.content.pack_extras(packer) + self.provenance.pack_extras(packer, refreshed);
        let extras = std::mem::replace(&mut packer.out, row);
        if count > 0 {
            packer.out.map(count).raw(&extras.finish());
        }
        self.kind().row_items() + usize::from(count > 0)
    }

    /// The reverse of [`Record::pack`], out of `items` that are left; also says how many it took.
    pub(crate) fn unpack(
        kind: Kind,
        input: &mut Unpacker<'_, '_>,
        refreshed: Date,
        items: usize,
    ) -> Result<(Self, usize), UnpackError> {
        let mut used = kind.row_items();
        if used > items {
            return Err(crate::cbor::CborError::Range { at: input.input.position() }.into());
        }
        input.anchor = input.issued;
        input.anchor_is_whole = true;
        let mut content = Content::unpack_row(kind, input)?;
        let mut provenance = Provenance { assurance: Source::unpack(input)?, provider: None, refreshed };
        if used < items && input.input.peek() == Some(crate::cbor::Major::Map) {
            used += 1;
            let at = input.input.position();
            let mut reader = input.input.clone();
            reader.int_map(|key, value| {
                input.input = value.clone();
                if !content.unpack_extra(key, input)? && !provenance.unpack_extra(key, input, refreshed)? {
                    return Err(UnpackError::Unknown { what: "field", number: key });
                }
                *value = input.input.clone();
                Ok(())
            })?;
            input.input = reader;
            if input.input.position() == at + 1 {
                return Err(crate::cbor::CborError::Range { at }.into());
            }
        }
        // What must hold between fields was the issuer's to check, by the lists of its day.
        Ok((Self { id: None, content, provenance }, used))
    }

    /// Whether its meaning is known: false when a pass names a number that the code lists at hand
    /// do not have (yet).
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.content.known() && !matches!(self.provenance.assurance, Source::Unknown(_))
    }

    /// The day on which the fact came about: awarded, checked, started, assessed.
    #[must_use]
    pub fn dated(&self) -> Option<When> {
        Some(match &self.content {
            Content::Identity(_) => return None,
            Content::Employment(it) => it.started,
            Content::Placement(it) => it.started,
            Content::IdentityCheck(it) => When::Day(it.checked),
            Content::RightToWork(it) => When::Day(it.checked),
            Content::Registration(it) => When::Day(it.checked),
            Content::CriminalRecordCheck(it) => When::Day(it.issued),
            Content::Reference(it) => When::Day(it.received),
            Content::HealthClearance(it) => When::Day(it.cleared),
            Content::Screening(it) => it.done,
            Content::Training(it) => When::Day(it.awarded),
            Content::Competency(it) => When::Day(it.assessed),
            Content::Qualification(it) => it.awarded,
            Content::Preceptorship(it) => When::Day(it.started),
            Content::CarerAgreement(it) => When::Day(it.manager_signed),
            Content::AdjustmentsAgreement(it) => When::Day(it.manager_signed),
        })
    }

    /// The last day on which it counts, inclusive, as its issuer sees it.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        match &self.content {
            Content::Employment(it) => it.until.last_day(),
            Content::Placement(it) => it.until.last_day(),
            Content::RightToWork(it) => it.until.last_day(),
            Content::Registration(it) => it.until,
            Content::HealthClearance(it) => it.until.last_day(),
            Content::Screening(it) => it.until.last_day(),
            Content::Training(it) => it.until.last_day(),
            Content::Competency(it) => it.until.last_day(),
            Content::Identity(_)
            | Content::IdentityCheck(_)
            | Content::CriminalRecordCheck(_)
            | Content::Reference(_)
            | Content::Qualification(_)
            | Content::Preceptorship(_)
            // One that is due for review stands until it is reviewed.
            | Content::CarerAgreement(_)
            | Content::AdjustmentsAgreement(_) => None,
        }
    }
}

fn schema<S: Shape>(kind: Kind, lists: &CodeLists) -> Value {
    let mut properties = Map::new();
    properties.insert("kind".into(), json!({ "const": kind.name() }));
    properties.insert("id".into(), json!({ "type": "string", "pattern": "^urn:uuid:[0-9a-f-]{36}$" }));
    let mut required = vec!["kind".into(), "provenance".into()];
    S::describe(lists, &mut properties, &mut required);
    properties.insert("provenance".into(), Provenance::schema(lists));
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
