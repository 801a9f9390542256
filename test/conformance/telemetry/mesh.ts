/** A mesh to compare telemetry with: an API server, the real istiod, and Envoys that it configures. */
import { findEnvoy } from "../../../harness/envoy";
import { freePorts } from "../../../harness/ports";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { Istiod } from "../../support/istiod";
import { needTools, skipFor } from "../../support/tools";
import { Envoys } from "../answers/envoys";

/** Tests wait for what they push. */
const QUICK = { PILOT_DEBOUNCE_AFTER: "20ms", PILOT_DEBOUNCE_MAX: "200ms" };

export interface Mesh {
    readonly plane: ControlPlane;
    readonly istiod: Istiod;
    readonly envoys: Envoys;
    stop(): Promise<void>;
}

/** Skips the suite where a tool is missing; `what` is what cannot be compared then. */
export async function startMesh(suite: Mocha.Context, what: string): Promise<Mesh> {
    needTools(suite, what, "pilot-discovery");
    findEnvoy() ?? skipFor(suite, what, "envoy (on PATH or installed by npm run e2e:tools)");
    const plane = await startControlPlane(suite);
    try {
        const istiod = await Istiod.start(plane, { env: QUICK });
        const [marker = 0] = await freePorts(1);
        const envoys = new Envoys(plane, istiod, marker);
        const stop = async (): Promise<void> => {
            await envoys.stop();
            await istiod.stop();
            await plane.stop();
        };
        return { plane, istiod, envoys, stop };
    } catch (error) {
        await plane.stop();
        throw error;
    }
}
