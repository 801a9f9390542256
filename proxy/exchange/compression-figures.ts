/** What compression has done in this process, as figures. */
import type { ObservedSeries } from "../telemetry";
import { compressed } from "./compressors";

function counter(name: string, help: string, read: () => number): ObservedSeries {
    return { kind: "counter", name, help, labels: [], series: [[[], read]] };
}

export const COMPRESSION_FIGURES: readonly ObservedSeries[] = [
    counter("compressed_responses", "responses whose bodies went out smaller", () => compressed.responses),
    counter("compression_bytes_in", "bytes of such bodies as backends sent them", () => compressed.bytesIn),
    counter("compression_bytes_out", "bytes of them as clients got them", () => compressed.bytesOut),
    counter(
        "compression_busy",
        "responses that went out as they are because enough others were being compressed",
        () => compressed.asTheyAre,
    ),
];
