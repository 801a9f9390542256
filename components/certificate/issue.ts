/** Makes what a certificate needs, as children of the component that took it, and tells where Istio finds it. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { isIP } from "node:net";
import { certificatesIn, readPair } from "../../istio";
import { CertManagerCertificate } from "../resources";
import { nameByContent, replacesInOrder, withoutSources } from "./secret-name";
import type { AuthorityKeys, CertificateSource, FromPem, IssueArgs, SelfSigned, SignedBy } from "./source";
import { managedSecretName, type Credential, type TlsArgs } from "./tls";

/** For whom, and where. */
export interface IssueTarget {
    /** Prefix of the children's names. */
    readonly name: string;
    readonly parent: pulumi.Resource;
    readonly hosts: pulumi.Output<readonly string[]>;
    /** There once who signs has been found fit for it. */
    readonly authority?: pulumi.Output<boolean> | undefined;
    /** Of the objects that are made: the gateway's namespace, and the fixed name that the Secret does not take. */
    readonly metadata: pulumi.Output<{ readonly name: string; readonly namespace?: string; readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> }>;
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
    return blocks.filter((block) => block !== undefined && block.trim() !== "").map((block) => `${block?.trim()}\n`).join("");
}

/** A secret, whatever it was given as. */
function secretInput<T>(value: pulumi.Input<T>): pulumi.Output<T> {
    return pulumi.secret(value) as pulumi.Output<T>;
}

function makeKey({ name, parent }: IssueTarget, algorithm: IssueArgs["algorithm"]): tls.PrivateKey {
    const args = algorithm === "RSA" ? { algorithm: "RSA", rsaBits: 2048 } : { algorithm: "ECDSA", ecdsaCurve: "P256" };
    return new tls.PrivateKey(`${name}-key`, args, { parent });
}

/** Names and addresses, as a certificate holds them apart. The subject is for people: clients read the names. */
function subjectOf(hosts: pulumi.Output<readonly string[]>) {
    return {
        subject: hosts.apply((all) => {
            const [first = ""] = all;
            return first.length <= MAX_COMMON_NAME ? { commonName: first } : {};
        }),
        dnsNames: hosts.apply((all) => all.filter((host) => isIP(host) === 0)),
        ipAddresses: hosts.apply((all) => all.filter((host) => isIP(host) !== 0)),
    };
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
    const certificate = new tls.SelfSignedCert(`${target.name}-cert`, { privateKeyPem, ...subjectOf(target.hosts), ...lifetime(source) }, { parent: target.parent });
    return { certificatePem: certificate.certPem, privateKeyPem };
}

function signed(source: SignedBy, target: IssueTarget): Pair {
    const ca: AuthorityKeys = source.ca;
    const { privateKeyPem } = makeKey(target, source.algorithm);
    const request = new tls.CertRequest(`${target.name}-request`, { privateKeyPem, ...subjectOf(target.hosts) }, { parent: target.parent });
    const certificate = new tls.LocallySignedCert(`${target.name}-cert`, {
        certRequestPem: request.certRequestPem,
        caCertPem: pulumi.all([ca.certificatePem, target.authority]).apply(([pem]) => pem),
        caPrivateKeyPem: secretInput(ca.privateKeyPem),
        ...lifetime(source),
    }, { parent: target.parent });
    const certificatePem = pulumi.all([certificate.certPem, ca.certificatePem, ca.chainPem]).apply((blocks) => pemChain(...blocks));
    return { certificatePem, privateKeyPem };
}

/** Nothing but what was judged: what stands around it, another reader might take for something else. */
function given(source: FromPem): Pair {
    const read = pulumi.all([source.certificatePem, source.chainPem, secretInput(source.privateKeyPem)]).apply(([certificate, chain, key]) => readPair(`${certificate}\n${chain ?? ""}`, key));
    return { certificatePem: read.apply(({ certificate }) => certificate), privateKeyPem: read.apply(({ privateKey }) => privateKey) };
}

function authoritiesText(pem: pulumi.Input<string>): pulumi.Output<string> {
    return pulumi.output(pem).apply((text) => (certificatesIn(text) ?? []).map((one) => one.toString()).join(""));
}

/** A Secret whose name changes with its content: a rotation makes the new one before it deletes the old one. */
function secretOf(target: IssueTarget, suffix: string, type: string, stringData: Record<string, pulumi.Input<string>>): pulumi.Output<string> {
    if (!replacesInOrder()) return secretOfContent(target, suffix, type, stringData);
    const metadata = target.metadata.apply(({ name: _name, ...rest }) => rest);
    const secret = new k8s.core.v1.Secret(`${target.name}-${suffix}`, { metadata, type, stringData: pulumi.secret(stringData) }, { parent: target.parent });
    return secret.metadata.name;
}

/** A resource for each content, which is there once the content is known: a preview of a new one does not show it. */
function secretOfContent({ name, parent, metadata }: IssueTarget, suffix: string, type: string, stringData: Record<string, pulumi.Input<string>>): pulumi.Output<string> {
    const content = withoutSources(pulumi.output(stringData));
    const made = pulumi.all([withoutSources(metadata), content]).apply(([{ name: fixedName, ...rest }, data]) => {
        const own = { ...rest, name: nameByContent(fixedName, suffix, data) };
        return new k8s.core.v1.Secret(nameByContent(name, suffix, data), { metadata: own, type, stringData: pulumi.secret(data) }, { parent }).metadata.name;
    });
    // A few digits of a hash tell nothing of the key, and a name has to be in clear.
    return pulumi.unsecret(withoutSources(made));
}

function clientCaSecret(target: IssueTarget, clientCaPem: pulumi.Input<string>): pulumi.Output<string> {
    return secretOf(target, "client-ca", "Opaque", { "ca.crt": authoritiesText(clientCaPem) });
}

/** cert-manager takes one of the two lists without the other, and none that is empty. */
function namesOf(hosts: readonly string[]): { dnsNames?: string[]; ipAddresses?: string[] } {
    const dnsNames = hosts.filter((host) => isIP(host) === 0);
    const ipAddresses = hosts.filter((host) => isIP(host) !== 0);
    return { ...(dnsNames.length > 0 ? { dnsNames } : {}), ...(ipAddresses.length > 0 ? { ipAddresses } : {}) };
}

function managed(source: Extract<CertificateSource, { kind: "fromCertManager" }>, target: IssueTarget): pulumi.Output<string> {
    const spec = pulumi.all([target.metadata, target.hosts, source.issuer]).apply(([{ name }, hosts, issuer]) => ({
        secretName: managedSecretName(name),
        ...namesOf(hosts),
        issuerRef: { name: issuer.name, kind: issuer.kind ?? "Issuer", group: issuer.group ?? "cert-manager.io" },
        privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
        usages: ["digital signature", "server auth"],
    }));
    new CertManagerCertificate(`${target.name}-certificate`, { metadata: target.metadata, spec }, { parent: target.parent });
    return spec.secretName;
}

function pairOf(source: SelfSigned | SignedBy | FromPem, target: IssueTarget): Pair {
    switch (source.kind) {
        case "selfSigned": return selfSigned(source, target);
        case "signedBy": return signed(source, target);
        case "fromPem": return given(source);
        default: return source satisfies never;
    }
}

/** Makes the children and returns the names by which an Istio server refers to them. */
export function issueCertificate({ certificate: source, clientCaPem }: Pick<TlsArgs, "certificate" | "clientCaPem">, target: IssueTarget): pulumi.Output<Credential> {
    switch (source.kind) {
        case "fromFiles": {
            const { certificate, privateKey, clientCa } = source;
            return target.metadata.apply(() => ({ serverCertificate: certificate, privateKey, ...(clientCa === undefined ? {} : { caCertificates: clientCa }) }));
        }
        case "fromSecret":
        case "fromCertManager": {
            const credentialName = source.kind === "fromSecret" ? pulumi.output(source.name) : managed(source, target);
            const clientCa = clientCaPem === undefined ? undefined : clientCaSecret(target, clientCaPem);
            return pulumi.all([target.metadata, credentialName, clientCa]).apply(([, name, caCertCredentialName]) =>
                ({ credentialName: name, ...(caCertCredentialName === undefined ? {} : { caCertCredentialName }) }));
        }
        case "selfSigned":
        case "signedBy":
        case "fromPem": {
            const { certificatePem, privateKeyPem } = pairOf(source, target);
            const credentialName = secretOf(target, "tls", "kubernetes.io/tls", {
                "tls.crt": certificatePem,
                "tls.key": privateKeyPem,
                ...(clientCaPem === undefined ? {} : { "ca.crt": authoritiesText(clientCaPem) }),
            });
            return credentialName.apply((name) => ({ credentialName: name }));
        }
        default: return source satisfies never;
    }
}
