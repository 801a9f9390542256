export * from "./authority";
export {
    authorityNames,
    certificatesIn,
    checkCredential,
    coversHost,
    namesOf,
    readAuthorities,
    readPair,
    type JudgedCredential,
    type CredentialContext,
    type ReadPair,
} from "./judge";
export {
    alternativeNames,
    canonicalAddress,
    issuerText,
    maySign,
    publicKeyBytes,
    subjectDer,
    subjectText,
    type AlternativeName,
} from "./distinguished-names";
export type { CredentialFault, CredentialPart } from "./fault";
export { peerFault } from "./peer";
export * from "./remarks";
export { usageRemarks } from "./usage";
export {
    missingCaText,
    missingKeysText,
    secretData,
    secretValues,
    type SecretContent,
    type SecretData,
    type SecretValue,
} from "./secret-data";
export { isSignedWithSha1 } from "./strength";
export { revocationLists, timesOfLists, type RevocationList } from "./revocation";
export { readStaple, type Staple } from "./staple";
