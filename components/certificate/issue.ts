/** Makes what a certificate needs, as children of the component that took it, and tells where Istio finds it. */
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { isIP } from "node:net";
import { certificatesIn, readPair } from "../../istio";
import { mapInput, type Inputs, type ObjectMetadata, type Settled } from "../arguments";
import { CertManagerCertificate, type CertManagerSpec } from "../resources";
import { secretOf, type SecretTarget } from "./named-secret";
import { signerOf } from "./signer";
import type { AuthorityKeys, CertificateSource, FromPem, IssueArgs, SelfSigned, SignedBy } from "./source";
import { managedSecretName, type Credential, type TlsArgs } from "./tls";

/** For whom, and where. */
export interface IssueOrder<Data> {
    /** Prefix of the children's names. */
    readonly name: string;
    readonly parent: pulumi.Resource;
    /** There once who signs has been found fit for it. */
    readonly authority?: pulumi.Output<boolean> | undefined;
    /** Of the component that takes the certificate; the rest is read of it. */
    readonly data: Settled<Data>;
    readonly hosts: (all: Data) => readonly string[];
    /** Of the objects that are made: the gateway's namespace, and the fixed name that the Secret does not take. */
    readonly metadata: (all: Data) => ObjectMetadata;
    /** The metadata as far as it is known. */
    readonly outline: (known: Data) => ObjectMetadata;
}

interface IssueTarget extends SecretTarget {
    readonly authority: pulumi.Output<boolean> | undefined;
    readonly hosts: pulumi.Input<readonly string[]>;
}

interface Pair {
    readonly certificatePem: pulumi.Output<string>;
    readonly privateKeyPem: pulumi.Output<string>;
}

export const VALIDITY_HOURS = 8760;
const EARLY_RENEWAL_HOURS = 720;
/** RFC 5280 ub-common-name. */
const MAX_COMMON_NAME = 64;

/** When a certificate is renewed that does not say it: thirty days before its end, sooner for a short-lived one. */
export function earlyRenewalOf(validityHours: number): number {
    return Math.min(EARLY_RENEWAL_HOURS, Math.floor(validityHours / 3));
}

/** PEM blocks one after the other, each on lines of its own. */
function pemChain(...blocks: readonly (string | undefined)[]): string {
    return blocks
        .filter((block) => block !== undefined && block.trim() !== "")
        .map((block) => `${block?.trim()}\n`)
        .join("");
}

/** A secret, whatever it was given as. */
function secretInput<T>(value: pulumi.Input<T>): pulumi.Output<T> {
    return pulumi.secret(value) as pulumi.Output<T>;
}

function makeKey({ name, parent }: IssueTarget, algorithm: IssueArgs["algorithm"]): tls.PrivateKey {
    const args = algorithm === "RSA" ? { algorithm: "RSA", rsaBits: 2048 } : { algorithm: "ECDSA", ecdsaCurve: "P256" };
    return new tls.PrivateKey(`${name}-key`, args, { parent });
}

/** Names and addresses, as a certificate holds them apart. */
function namesAndAddresses(hosts: pulumi.Input<readonly string[]>) {
    return {
        dnsNames: mapInput(hosts, (all) => all.filter((host) => isIP(host) === 0)),
        ipAddresses: mapInput(hosts, (all) => all.filter((host) => isIP(host) !== 0)),
    };
}

/** The subject is for people: clients read the names. */
function subjectOf(hosts: pulumi.Input<readonly string[]>) {
    const subject = mapInput(hosts, ([first = ""]): { commonName?: string } =>
        first.length <= MAX_COMMON_NAME ? { commonName: first } : {},
    );
    return { subject, ...namesAndAddresses(hosts) };
}

function lifetime(args: IssueArgs) {
    return {
        validityPeriodHours: args.validityHours ?? VALIDITY_HOURS,
        earlyRenewalHours: args.earlyRenewalHours ?? earlyRenewalOf(args.validityHours ?? VALIDITY_HOURS),
        // An RSA key may also be used for the key exchange of TLS 1.2.
        allowedUses: ["digital_signature", ...(args.algorithm === "RSA" ? ["key_encipherment"] : []), "server_auth"],
    };
}

function selfSigned(source: SelfSigned, target: IssueTarget): Pair {
    const { privateKeyPem } = makeKey(target, source.algorithm);
    const certificate = new tls.SelfSignedCert(
        `${target.name}-cert`,
        { privateKeyPem, ...subjectOf(target.hosts), ...lifetime(source) },
        target.options,
    );
    return { certificatePem: certificate.certPem, privateKeyPem };
}

function signed(source: SignedBy, target: IssueTarget): Pair {
    const ca: AuthorityKeys = source.ca;
    const signer = signerOf(ca);
    const { privateKeyPem } = makeKey(target, source.algorithm);
    const request = new tls.CertRequest(`${target.name}-request`, { privateKeyPem, ...subjectOf(target.hosts) }, target.options);
    const certificate = new tls.LocallySignedCert(
        `${target.name}-cert`,
        {
            certRequestPem: request.certRequestPem,
            caCertPem: target.authority === undefined ? ca.certificatePem : target.authority.apply(() => signer.certificatePem),
            caPrivateKeyPem: signer.privateKeyPem,
            ...lifetime(source),
        },
        target.options,
    );
    const certificatePem = certificate.certPem.apply((own) => signer.chain.apply((above) => pemChain(own, ...above)));
    return { certificatePem, privateKeyPem };
}

/** Nothing but what was judged: what stands around it, another reader might take for something else. */
function given(source: FromPem): Pair {
    const read = pulumi
        .all([source.certificatePem, source.chainPem, secretInput(source.privateKeyPem)])
        .apply(([certificate, chain, key]) => readPair(`${certificate}\n${chain ?? ""}`, key));
    return { certificatePem: read.apply(({ certificate }) => certificate), privateKeyPem: read.apply(({ privateKey }) => privateKey) };
}

function authoritiesText(pem: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.output(pem).apply((text) => (certificatesIn(text) ?? []).map((one) => one.toString()).join(""));
}

function clientCaSecret(target: IssueTarget, clientCaPem: pulumi.Input<string>): pulumi.Output<string> {
    return secretOf(target, "client-ca", "Opaque", { "ca.crt": authoritiesText(clientCaPem) });
}

/** cert-manager takes one of the two lists without the other, and none that is empty. */
function namesOf(hosts: pulumi.Input<readonly string[]>) {
    const lists = Object.entries(namesAndAddresses(hosts)).map(
        ([field, all]) => [field, mapInput(all, (some) => (some.length > 0 ? some : undefined))] as const,
    );
    return Object.fromEntries(lists.filter(([, some]) => some !== undefined));
}

function managed({ issuer }: Extract<CertificateSource, { kind: "fromCertManager" }>, target: IssueTarget): pulumi.Input<string> {
    const secretName = mapInput(target.metadata.name, managedSecretName);
    const spec = {
        secretName,
        ...namesOf(target.hosts),
        issuerRef: {
            name: issuer.name,
            kind: mapInput(issuer.kind, (kind = "Issuer") => kind),
            group: mapInput(issuer.group, (group = "cert-manager.io") => group),
        },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["digital signature", "server auth"],
    };
    new CertManagerCertificate(
        `${target.name}-certificate`,
        { metadata: target.metadata, spec: spec as pulumi.Input<CertManagerSpec> },
        target.options,
    );
    return secretName;
}

function pairOf(source: SelfSigned | SignedBy | FromPem, target: IssueTarget): Pair {
    switch (source.kind) {
        case "selfSigned":
            return selfSigned(source, target);
        case "signedBy":
            return signed(source, target);
        case "fromPem":
            return given(source);
        default:
            return source satisfies never;
    }
}

/** Makes the children and returns the names by which an Istio server refers to them. */
export function issueCertificate<Data>(tlsArgs: Pick<TlsArgs, "certificate" | "clientCaPem">, order: IssueOrder<Data>): Inputs<Credential> {
    const { name, parent, authority, data, hosts, metadata, outline } = order;
    return issue(tlsArgs, {
        name,
        parent,
        authority,
        hosts: data.value(hosts),
        metadata: data.tree(metadata, outline),
        options: data.options({ parent }),
    });
}

function issue(
    { certificate: source, clientCaPem }: Pick<TlsArgs, "certificate" | "clientCaPem">,
    target: IssueTarget,
): Inputs<Credential> {
    switch (source.kind) {
        case "fromFiles": {
            const { certificate, privateKey, clientCa } = source;
            return { serverCertificate: certificate, privateKey, ...(clientCa === undefined ? {} : { caCertificates: clientCa }) };
        }
        case "fromSecret":
        case "fromCertManager": {
            const credentialName = source.kind === "fromSecret" ? source.name : managed(source, target);
            return { credentialName, ...(clientCaPem === undefined ? {} : { caCertCredentialName: clientCaSecret(target, clientCaPem) }) };
        }
        case "selfSigned":
        case "signedBy":
        case "fromPem": {
            const { certificatePem, privateKeyPem } = pairOf(source, target);
            return {
                credentialName: secretOf(target, "tls", "kubernetes.io/tls", {
                    "tls.crt": certificatePem,
                    "tls.key": privateKeyPem,
                    ...(clientCaPem === undefined ? {} : { "ca.crt": authoritiesText(clientCaPem) }),
                }),
            };
        }
        default:
            return source satisfies never;
    }
}
