/** What becomes of a request whose connection was closed under it. Pure. */
import type { ResetReason } from "../http/doors";

/**
 * Whether nobody may have read a request, so that it is sent once more whatever the policy says: a connection that was kept
 * alive was closed under it. What its endpoint refuses is for the policy.
 */
export function mayBeUnread(reused: boolean, reason: ResetReason, sent: boolean): boolean {
    return reused && (reason === "connection-closed" || (!sent && reason !== "refused"));
}
