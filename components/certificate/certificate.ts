/**
 * `Certificate`: a value that says where a certificate comes from. It makes nothing; the component that takes it makes
 * the key, the certificate and the Secret as its own children, for its own hosts.
 */
import type * as pulumi from "@pulumi/pulumi";
import type {
    AuthorityKeys,
    FilesArgs,
    FromCertManager,
    FromFiles,
    FromPem,
    FromSecret,
    IssueArgs,
    IssuerArgs,
    PemArgs,
    SelfSigned,
    SignedBy,
} from "./source";

export abstract class Certificate {
    /** Signed by its own key: clients must be told to trust this one certificate. */
    static selfSigned(args: IssueArgs = {}): SelfSigned {
        return { ...args, kind: "selfSigned" };
    }

    /** Signed by an authority that clients trust. */
    static signedBy(ca: AuthorityKeys, args: IssueArgs = {}): SignedBy {
        return { ...args, kind: "signedBy", ca };
    }

    /** A certificate that exists, as PEM. */
    static fromPem(args: PemArgs): FromPem {
        return { ...args, kind: "fromPem" };
    }

    /** A Secret that exists in the gateway's namespace. */
    static fromSecret(name: pulumi.Input<string>): FromSecret {
        return { kind: "fromSecret", name };
    }

    /** Files mounted into the gateway's pods. */
    static fromFiles(args: FilesArgs): FromFiles {
        return { ...args, kind: "fromFiles" };
    }

    /** Asked for from cert-manager, which renews it by itself. */
    static fromCertManager(issuer: string | IssuerArgs): FromCertManager {
        return { kind: "fromCertManager", issuer: typeof issuer === "string" ? { name: issuer } : issuer };
    }
}
