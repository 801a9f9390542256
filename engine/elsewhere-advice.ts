/**
 * What to do about something that only the real engine has: told beside each refusal, since a program that deploys well
 * should not have to be rewritten for a laptop.
 */
export const HELM_ADVICE =
    "Keep charts out of the stack that runs here: put them into a stack of their own, or make them only where a configuration value says so " +
    '(`if (config.getBoolean("charts"))`). `helm template` gives their objects as files, which yaml.ConfigFile reads.';
export const DEPLOYED_ADVICE = "Make it only where a configuration value says so: here `-c` leaves it unset.";

/** By the type or function that was asked for. */
export function adviceFor(token: string): string {
    return /helm/i.test(token) ? HELM_ADVICE : DEPLOYED_ADVICE;
}
