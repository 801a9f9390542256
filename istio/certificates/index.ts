export * from "./authority";
export {
    authorityNames, certificatesIn, checkCredential, coversHost, namesOf, readPair,
    type Credential, type CredentialContext, type CredentialFault, type CredentialPart, type ReadPair,
} from "./judge";
export { alternativeNames, canonicalAddress, maySign, publicKeyBytes, subjectDer, subjectText, type AlternativeName } from "./distinguished-names";
export { revocationLists, timesOfLists, type RevocationList } from "./revocation";
export { readStaple, type Staple } from "./staple";
