/** The two ways in which a request of the program fails. */
import type { Finding } from "../../istio/findings";

/**
 * The request is refused and the program goes on: it sees an error whose message is this one, and unless it handles
 * it, ends by it.
 */
export class RefusedCall extends Error {}

/**
 * The deployment has failed: the monitor answers no more, as the real one that shuts down, and the program ends
 * without a word of its own. The finding is what the user reads.
 */
export class DeploymentFailed extends Error {
    readonly finding: Finding;

    constructor(finding: Finding) {
        super(finding.message);
        this.finding = finding;
    }
}
