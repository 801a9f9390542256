export { CertificateAuthority } from "./component";
export type { CertificateAuthorityArgs } from "./schema";
