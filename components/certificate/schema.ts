/** The schema of a server's TLS settings, and of where its certificate comes from. */
import type { FieldFor, FieldsFor, ObjectFor, TextArgument, VariantsField } from "../schema";
import type { AuthorityKeys, CertificateSource, IssueArgs, IssuerArgs } from "./source";
import type { TlsArgs } from "./tls";

const TEXT = { type: "text", input: true, doc: "" } as const satisfies TextArgument;

const ISSUE: FieldsFor<IssueArgs> = {
    algorithm: {
        type: "text",
        known: true,
        words: { ECDSA: "On curve P-256.", RSA: "Of 2048 bits." },
        doc: "",
        default: "`ECDSA`, on curve P-256.",
    },
    validityHours: {
        type: "number",
        least: 1,
        doc: "At most 398 days, which is what browsers accept.",
        default: "8760, a year.",
    },
    earlyRenewalHours: {
        type: "number",
        least: 0,
        doc: "How long before its end a `pulumi up` makes a new one.",
        default: "720, thirty days.",
    },
};

const KEY = { ...TEXT, secret: true, apart: true, doc: "Kept secret wherever it goes." } as const;

const AUTHORITY: ObjectFor<AuthorityKeys> = {
    type: "object",
    name: "AuthorityKeys",
    doc: "Who signs: a CertificateAuthority, or the PEMs of one that exists already.",
    // A CertificateAuthority is one, and has more.
    open: true,
    fields: {
        certificatePem: { ...TEXT, required: true, doc: "The authority's certificate." },
        privateKeyPem: { ...KEY, required: true },
        chainPem: { ...TEXT, doc: "The authorities above this one, where it is not a root itself." },
    },
};

const ISSUER: ObjectFor<IssuerArgs> = {
    type: "object",
    name: "IssuerArgs",
    doc: "Which issuer is asked.",
    fields: {
        name: { ...TEXT, required: true, doc: "Of the issuer." },
        kind: {
            type: "text",
            words: { Issuer: "Of the gateway's namespace.", ClusterIssuer: "Of the whole cluster." },
            doc: "",
            default: "`Issuer`.",
        },
        group: { ...TEXT, doc: "", default: "`cert-manager.io`." },
    },
};

export const CERTIFICATE: FieldFor<CertificateSource> & VariantsField = {
    type: "variants",
    name: "Certificate",
    doc: "Where the certificate comes from: one of `Certificate`'s factories makes it.",
    variants: {
        selfSigned: {
            type: "object",
            name: "SelfSigned",
            doc: "Signed by its own key: clients must be told to trust this one certificate.",
            fields: ISSUE,
        },
        signedBy: {
            type: "object",
            name: "SignedBy",
            doc: "Signed by an authority that clients trust.",
            fields: { ...ISSUE, ca: { ...AUTHORITY, apart: true, required: true } },
        },
        fromPem: {
            type: "object",
            name: "FromPem",
            doc: "A certificate that exists, as PEM.",
            fields: {
                certificatePem: {
                    ...TEXT,
                    apart: true,
                    required: true,
                    doc: "The server's certificate, first; those that signed it may follow.",
                },
                privateKeyPem: { ...KEY, required: true },
                chainPem: { ...TEXT, apart: true, doc: "Put after the certificate." },
            },
        },
        fromSecret: {
            type: "object",
            name: "FromSecret",
            doc: "A Secret that exists in the gateway's namespace.",
            fields: {
                name: { ...TEXT, required: true, doc: "A Secret in the gateway's namespace, with `tls.crt` and `tls.key`." },
            },
        },
        fromFiles: {
            type: "object",
            name: "FromFiles",
            doc: "Files mounted into the gateway's pods.",
            fields: {
                certificate: {
                    type: "text",
                    required: true,
                    doc: "Absolute path in the proxy's container; see the gateway's `secretVolumes`.",
                },
                privateKey: { type: "text", required: true, doc: "The path of its key." },
                clientCa: { type: "text", doc: "The authorities of client certificates, for mutual TLS." },
            },
        },
        fromCertManager: {
            type: "object",
            name: "FromCertManager",
            doc: "Asked for from cert-manager, which renews it by itself.",
            fields: { issuer: { ...ISSUER, required: true } },
        },
    },
};

const VERSIONS = { TLSV1_2: "TLS 1.2.", TLSV1_3: "TLS 1.3." };

export const TLS_FIELDS: FieldsFor<TlsArgs> = {
    certificate: { ...CERTIFICATE, required: true },
    mode: {
        type: "text",
        words: {
            SIMPLE: "Clients are asked for no certificate.",
            MUTUAL: "They must have one.",
            OPTIONAL_MUTUAL: "They are asked for one, and served without.",
        },
        doc: "",
        default: "`SIMPLE`, or `MUTUAL` where there is a `clientCaPem`.",
    },
    clientCaPem: { ...TEXT, apart: true, flag: "clientCa", doc: "The authorities of client certificates." },
    subjectAltNames: {
        type: "list",
        doc: "Names of which a client certificate must have one.",
        default: "any.",
        of: TEXT,
    },
    verifyCertificateSpki: {
        type: "list",
        doc: "SHA-256 of the keys of client certificates that are let in, in base64.",
        default: "any.",
        of: TEXT,
    },
    verifyCertificateHash: {
        type: "list",
        doc: "SHA-256 of the client certificates that are let in, in hexadecimal digits.",
        default: "any.",
        of: TEXT,
    },
    minProtocolVersion: { type: "text", words: VERSIONS, doc: "", default: "TLS 1.2." },
    maxProtocolVersion: { type: "text", words: VERSIONS, doc: "", default: "TLS 1.3." },
    cipherSuites: {
        type: "list",
        doc: "For TLS 1.2.",
        default: "those with forward secrecy and authenticated encryption.",
        of: { type: "text", doc: "" },
    },
};
