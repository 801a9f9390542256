/** What is wrong with a certificate, its key or its authorities. */
import type { Code } from "../codes";

export type CredentialPart = "certificate" | "privateKey" | "ca";

export interface CredentialFault {
    readonly code: Code;
    readonly part: CredentialPart;
    readonly message: string;
    readonly fix: string;
}
