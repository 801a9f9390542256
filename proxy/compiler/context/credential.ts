/** What is known of a credential, and who uses it. */
import type { ObjectRef } from "../../../istio/types/identity";
import type { Lists, SecretData } from "../../../istio/certificates";
import type { Code } from "../../../istio/codes";
import type { Origin } from "../../tables/origin";
import type { ObjectPlace, Subject } from "./place";

export interface PairFault {
    readonly code: Code;
    readonly message: string;
    readonly fix: string;
    readonly missing?: ObjectRef;
}

export interface Pair {
    /** PEM without what stood around it; empty for a CA. */
    readonly certificate: string;
    readonly privateKey: string;
    /** Of a CA. */
    readonly ca: string;
    /** Why it can't be served; never a word of the PEM itself. */
    readonly fault?: PairFault;
    readonly notBefore: number;
    readonly notAfter: number;
    /** DNS names and addresses the leaf is for, lower-case. */
    readonly names: readonly string[];
    /** What it says that it is for, where that is no server. */
    readonly uses: readonly PairFault[];
}

/** Who uses a credential, for the reader of a finding. */
export interface CredentialUser extends ObjectPlace {
    /** What depends on it: `hosts a, b`. */
    readonly purpose: string;
    /** Hosts that the certificate should be for. */
    readonly hosts: readonly string[];
}

export type UsedPart = "pair" | "ca" | "crl";
export type CredentialContent = Pick<SecretData, "certificate" | "privateKey" | "ca" | "crl" | "staple">;

/** What the source has of a credential now, good or not. */
export interface CredentialReading {
    readonly data?: CredentialContent;
    readonly inspected?: Pair;
    /** The lists of revoked certificates beside a CA. */
    readonly lists?: Lists;
    /** The lists beside a CA that is bad: they are newer than those of its last good version. */
    readonly crl?: string;
    /** Why it can't be served, told to who uses it. */
    readonly fault?: (user: CredentialUser) => PairFault;
    /** The Secret; what a file is read for comes from its user. */
    readonly subject?: Subject;
}

/** That a part of a credential is used. */
export interface CredentialUse {
    readonly key: string;
    readonly part: UsedPart;
    readonly reading: CredentialReading;
    readonly origin: Origin;
}
