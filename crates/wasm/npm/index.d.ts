/** What can go wrong with a call. `code` is stable; `detail` is for people. */
export interface Fault {
  code: string;
  detail: string;
}

/** A refused call. Calls never throw for what they are given: whatever it is, they answer. */
export interface Refused {
  ok: false;
  error: Fault;
}

export type Decision = 'accepted' | 'cannot-tell' | 'refused';

export type Standing =
  | 'withdrawn' | 'suspended' | 'not-entitled' | 'cannot-tell' | 'not-so'
  | 'expired' | 'superseded' | 'stale' | 'counts';

/** A date, `2026-11-22`. */
export type Day = string;
/** A time in UTC to the second, `2026-11-22T09:30:00Z`. */
export type Time = string;

export interface Organisation {
  code: string;
  name: string;
  successor?: { code: string; name: string };
}

/** A part of a bundle that was left out; the rest stands. */
export interface BundleFault extends Fault {
  /** Its code, as far as it is known. */
  organisation: string | null;
}

export interface Member extends Organisation {
  /** When its oldest and newest status lists were signed; absent when the bundle has none of it. */
  status?: { oldest: Time; newest: Time };
}

export interface ProfileInfo {
  /** What `assess` takes: `OWNER/NAME@VERSION`. */
  id: string;
  owner: string;
  /** Name of the owner on the trust list. */
  ownerName: string;
  name: string;
  version: number;
  title: string;
  role: { id: string; title: string };
  purposes: { id: string; title: string }[];
  /** How many requirements it has. */
  requirements: number;
}

/** A bundle that was checked. */
export interface BundleInfo {
  system: string;
  /** To be kept, and given to the next `open`. */
  sequence: number;
  issued: Time;
  /** By when the trust list is to be renewed. */
  nextUpdate: Time;
  /** The newest time of signing in it: the clock cannot be earlier. */
  newest: Time;
  /** What is known of statuses is from then; absent when it holds no status list. */
  status?: { oldest: Time; newest: Time };
  organisations: Member[];
  /** The newest version of a profile stands before its older ones. */
  profiles: ProfileInfo[];
  faults: BundleFault[];
}

/** A record as it was issued: `kind`, the fields of its kind, and `provenance`. */
export interface PassportRecord {
  kind: string;
  id?: string;
  validUntil?: Day;
  provenance: {
    origin?: string;
    assurancePolicy?: string;
    assuranceOutcome?: string;
    verifier?: string;
    verificationMethod?: string;
    pedigree?: 'authoritative' | 'sourced';
    /** In the place of the six above when this verifier does not know the code. */
    assurance?: string;
    provider?: string;
    lastRefreshed: Day;
  };
  [field: string]: unknown;
}

export interface Judged {
  /** Its place in the pass or credential, from 1. */
  position: number;
  standing: Standing;
  /** Whether it can be relied on. */
  counts: boolean;
  title: string;
  detail: string;
  /** What it is worth in words; empty when it simply counts. */
  note: string;
  /** Where it comes from, in one line. */
  provenance: string;
  record: PassportRecord;
}

export interface Verified {
  form: 'pass' | 'credential';
  binding: 'paper';
  /** The binding in words: what to do about it. */
  bindingPlain: string;
  issuer: Organisation;
  key: string;
  name: string;
  birthDate?: Day;
  id?: string;
  issued: Time;
  expires: Time;
  /** As of when its status is known; absent when the bundle has nothing current on it. */
  asOf?: Time;
  /** Worst first. */
  records: Judged[];
}

export interface Verdict {
  decision: Decision;
  /** Worst first. */
  reasons: Fault[];
  /** Absent when it is refused, so that nobody takes claims for facts. */
  verified?: Verified;
}

/** All that was shown, read together (docs/VERDICT.md). */
export interface Answer {
  decision: Decision;
  /** Worst first. */
  reasons: Fault[];
  /** In the order of `texts`. */
  verdicts: Verdict[];
}

export type Outcome = 'met' | 'met-until' | 'check-live' | 'do-locally' | 'cannot-tell' | 'missing';

export interface Finding {
  id: string;
  title: string;
  outcome: Outcome;
  until?: Day;
  code: string;
  detail: string;
  acceptance: 'rely' | 'check-live' | 'do-locally';
  by: {
    kind: string; title: string; issuer: string; issuerName: string; standing: Standing; dated?: string; id?: string;
  }[];
  adverse: { code: string; issuer: string; detail: string }[];
  reason: string;
  source: string;
}

export interface Action {
  do:
    | 'ask-issuer' | 'check-identity' | 'refresh' | 'show' | 'complete' | 'resolve'
    | 'check-live' | 'agree-conditions' | 'do-here' | 'renew';
  due: Day;
  /** Ids; none for what concerns the whole. */
  requirements: string[];
  detail: string;
}

/** A profile held against one person (docs/ASSESSMENT.md). */
export interface Assessment {
  overall: 'ready' | 'ready-with-actions' | 'not-ready';
  person: { name: string; birthDate?: Day; setAside: number; confidence?: 'low' | 'medium' | 'high' };
  profile: { owner: string; name: string; version: number };
  purpose: string;
  starts: Day;
  ends: Day;
  at: Time;
  metUntil?: Day;
  requirements: Finding[];
  actions: Action[];
}

/** Nothing can be assessed: `nothing-stands` or `different-people`. */
export interface NoAssessment extends Fault {
  overall: 'cannot-tell';
}

export interface VerifyRequest {
  /** Now. */
  at: Time;
  /** Passes (`SP1:…`) and credentials of one person; at most 64. */
  texts: string[];
  /** Kinds of record of which one must count, such as `registration`. */
  require?: string[];
}

export interface Confirmation {
  requirement: string;
  on: Day;
  at: Time;
  satisfied: boolean;
  until?: Day;
}

export interface AssessRequest {
  at: Time;
  texts: string[];
  /** `OWNER/NAME` or `OWNER/NAME@VERSION` of a profile in the bundle, or a whole profile. */
  profile: string | object;
  /** The profile's first purpose when it is left out. */
  purpose?: string;
  starts: Day;
  ends: Day;
  confirmations?: Confirmation[];
}

/** A bundle that was checked, ready to verify with. */
export interface Verifier {
  readonly bundle: BundleInfo;
  /** Judges what one person shows. */
  verify(request: VerifyRequest): { ok: true; answer: Answer } | Refused;
  /** Says whether they can start; `plain` is the whole assessment in words, empty when there is none. */
  assess(
    request: AssessRequest,
  ): { ok: true; answer: Answer; assessment: Assessment | NoAssessment; plain: string } | Refused;
  /** Lets go of the bundle. Every later call answers `closed`. */
  close(): void;
}

export type Opened = { ok: true; bundle: BundleInfo; verifier: Verifier } | Refused;

export interface Code {
  text: string;
  /** Its four corners in pixels: top left, top right, bottom right, bottom left of the code itself. */
  corners: [number, number][];
}

export type Scanned = { ok: true; codes: Code[] } | Refused;

/** Pixels from a canvas (`ImageData` fits): RGBA, or one byte of brightness a pixel. */
export interface Picture {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

export interface ScanOptions {
  /**
   * `quick` for a camera that will bring another picture soon: pass a counter as `turn`, and pictures take turns
   * at the less usual ways of looking. `thorough` (if absent) tries all of them.
   */
  effort?: 'quick' | 'thorough';
  turn?: number;
}

export interface OpenRequest {
  /** The bundle file as it was fetched. */
  bundle: string;
  /** The system's public root key in base64url. */
  root: string;
  /** The highest sequence number that was seen before under this root key; 0 if none. */
  sequence?: number;
}

export interface Passport {
  /** Checks a bundle against the root key. */
  open(request: OpenRequest): Opened;
  /** Finds the QR codes in a picture. */
  scan(picture: Picture, options?: ScanOptions): Scanned;
}

/**
 * Loads the verifier. Without an argument it takes `passport.wasm` from beside this file.
 * It imports nothing: it has no clock, no network and no storage.
 */
export function load(
  source?: string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module | Response | Promise<Response>,
): Promise<Passport>;
