/** What computations say besides their values: findings, and what of other tables they use. */
import type { Lists, SecretData } from "../../../istio/certificates";
import type { Finding } from "../../../istio/findings";
import type { Kind } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { Origin } from "../../tables/entries";
import type { Pair, PairFault } from "../routing/certificate-pair";

export type Said =
    | { readonly kind: "finding"; readonly text: string; readonly finding: Finding }
    | { readonly kind: "cluster"; readonly use: ClusterUse }
    | { readonly kind: "credential"; readonly use: CredentialUse };

export interface ClusterUse {
    readonly key: string;
    readonly host: string;
    readonly port: number;
    readonly subset: string;
    /** Whether HTTP is spoken over it. */
    readonly http: boolean;
}

/** Who uses a credential, for the reader of a finding. */
export interface CredentialUser {
    readonly about: Placed<Kind>;
    readonly field: string;
    /** What depends on it: `hosts a, b`. */
    readonly purpose: string;
    /** Hosts that the certificate should be for. */
    readonly hosts: readonly string[];
}

export type CredentialPart = "pair" | "ca" | "crl";
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
    /** The Secret's; what a file is read for has its user's. */
    readonly origin?: Origin;
}

/** That a part of a credential is used. */
export interface CredentialUse {
    readonly key: string;
    readonly part: CredentialPart;
    readonly reading: CredentialReading;
    readonly origin: Origin;
}
