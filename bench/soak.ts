/** `npm run soak [-- SECONDS]`: ten minutes of mixed load by default, and what became of it. Fails where a request was lost. */
import { soak, TEN_MINUTES, type Held } from "./soak/soak";

function shown({ megabytes, sockets, descriptors }: Held): string {
    return `${megabytes} MB, ${sockets} sockets, ${descriptors} descriptors`;
}

async function main([seconds = String(TEN_MINUTES.seconds)]: readonly string[]): Promise<void> {
    const plan = { ...TEN_MINUTES, seconds: Number(seconds) };
    if (!Number.isInteger(plan.seconds) || plan.seconds < 10) {
        console.error(`wanted a number of seconds, at least 10; got ${seconds}`);
        process.exitCode = 2;
        return;
    }
    const { answered, killedOwn, failed, reloads, rotations, kills, certificates, primary, workers } = await soak(plan);
    console.log(`${plan.seconds} seconds: ${reloads} reloads, ${rotations} rotations of the certificate, ${kills} workers killed`);
    for (const [kind, count] of Object.entries(answered)) console.log(`    ${kind.padEnd(10)} ${count} answered`);
    console.log(
        `    ${certificates} certificates were shown; ${killedOwn} requests were cut off with a killed worker; ${failed.length} failed`,
    );
    for (const { kind, at, message } of failed.slice(0, 20)) console.log(`        ${new Date(at).toISOString()} ${kind}: ${message}`);
    for (const [at, when] of ["warm", "at the end", "without clients"].entries())
        console.log(`    ${when}: primary ${shown(primary[at]!)}; workers together ${shown(workers[at]!)}`);
    if (failed.length > 0) process.exitCode = 1;
}

main(process.argv.slice(2)).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
});
