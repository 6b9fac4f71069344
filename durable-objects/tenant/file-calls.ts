import type { FileKeys } from "../../src/crypto/file-keys";
import type { WorkContext } from "../../src/crypto/sealed-context";
import type { StoredFile } from "../../src/domain/file";
import { err, ok, type Result } from "../../src/domain/result";
import type { RulesProfileId } from "../../src/domain/rules-profile-id";
import type { Caller } from "../../src/domain/tenant-context";
import { fileKey, jobKey } from "../../src/storage/keys";
import type { Answer, Created } from "./answer";
import * as batches from "./operations/batches";
import * as files from "./operations/files";
import * as inputs from "./operations/inputs";
import { viewJob, type JobView, type UnknownJob } from "./operations/jobs";
import { viewRunnable } from "./operations/rules";
import * as runs from "./operations/runs";
import { verdictSource, type VerdictRefusal, type VerdictSource } from "./operations/verdicts";
import * as shadow from "./operations/shadow";
import { WebhookCalls } from "./webhook-calls";

/** The half of a tenant's object that has to do with files: who may bring and fetch them, by which keys, and who runs over them. */
export abstract class FileCalls extends WebhookCalls {
  protected abstract readonly leaseMs: number;

  /** Before R2 is asked to open an upload in parts: takes no token, the announcement does. */
  async mayAnnounce(caller: Caller, fileId: string, name: string): Promise<Answer<FileKeys, never>> {
    const vouched = this.core.vouch(caller);
    if (!vouched.outcome.ok) return { rate: null, outcome: vouched.outcome };
    const seal = await this.core.keys.readySeal(caller.tenantId);
    const path = fileKey(caller.tenantId, fileId, name);
    return { rate: null, outcome: seal.ok ? ok(seal.value.fileKeys(path)) : seal };
  }

  announceFile(
    caller: Caller,
    input: files.AnnounceFile,
  ): Promise<Answer<Created<files.AnnouncedFile>, files.AnnounceRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      files.announceFile(this.core.stores, admitted, input, nowMs),
    );
  }

  /** What the bytes are to be sealed with comes with the leave to bring them. */
  mayUpload(
    caller: Caller,
    fileId: string,
    linkEpoch: number,
  ): Promise<Answer<files.AdmittedUpload, files.UploadRefusal>> {
    return this.core.readSealed(caller, ({ tenant }, _nowMs, seal) =>
      files.mayUpload(this.core.stores, tenant, { fileId, epoch: linkEpoch }, seal),
    );
  }

  /** The second half of an upload that `mayUpload` has admitted. */
  completeUpload(caller: Caller, uploaded: files.Uploaded): Promise<files.UploadedOutcome> {
    return this.core.settle(caller, (nowMs) =>
      files.completeUpload(this.core.stores, caller, uploaded, this.core.keys.ring, nowMs),
    );
  }

  openLink(caller: Caller, link: files.DownloadLink): Promise<Answer<FileKeys, files.UploadRefusal>> {
    return this.core.readSealed(caller, ({ tenant }, _nowMs, seal) =>
      files.openLink(this.core.stores, tenant, link, seal),
    );
  }

  getFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.core.read(caller, () => files.findFile(this.core.stores, fileId));
  }

  deleteFile(caller: Caller, fileId: string): Promise<Answer<StoredFile, files.UnknownFile>> {
    return this.core.command(caller, (admitted, nowMs) =>
      files.deleteFile(this.core.stores, admitted, fileId, nowMs),
    );
  }

  submitBatch(
    caller: Caller,
    input: batches.SubmitBatch,
  ): Promise<Answer<Created<batches.BatchView>, batches.BatchRefusal>> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      batches.submitBatch(this.core.stores, admitted, input, seal, nowMs),
    );
  }

  getBatch(caller: Caller, batchId: string): Promise<Answer<batches.BatchView, batches.UnknownBatch>> {
    return this.core.readSealed(caller, (_admitted, _nowMs, seal) =>
      batches.viewBatch(this.core.stores, batchId, seal),
    );
  }

  /** An upload, and the profile that it is to be looked at by. */
  viewInput(
    caller: Caller,
    wanted: inputs.WantedInput,
  ): Promise<Answer<inputs.InputView, inputs.InputRefusal>> {
    return this.core.readSealed(caller, (admitted, _nowMs, seal) =>
      inputs.viewInput(this.core.stores, admitted, wanted, seal),
    );
  }

  /** A draft, what is published beside it, and the files that both are to judge. */
  viewShadow(
    caller: Caller,
    wanted: RulesProfileId,
    choice: shadow.ShadowChoice,
  ): Promise<Answer<shadow.ShadowView, shadow.ShadowRefusal>> {
    return this.core.readSealed(caller, (admitted, _nowMs, seal) =>
      shadow.viewShadow(this.core.stores, admitted, wanted, choice, seal),
    );
  }

  /** A job, and what its report, or the summary of it, is read with. */
  viewReport(
    caller: Caller,
    jobId: string,
    artefact: "report.ndjson" | "summary.json",
  ): Promise<Answer<JobView & { keys: FileKeys }, UnknownJob>> {
    return this.core.readSealed(caller, (admitted, nowMs, seal) => {
      const view = viewJob(this.core.stores, admitted, jobId, seal, nowMs);
      if (!view.ok) return view;
      const keys = seal.fileKeys(jobKey(admitted.tenant.tenantId, jobId, artefact));
      return ok({ ...view.value, keys });
    });
  }

  /** What a marketplace's answers are read by; with a job, also where its rows are to be looked for. */
  verdictSource(
    caller: Caller,
    jobId: string | null,
    profileId: string | null,
  ): Promise<Answer<VerdictSource, VerdictRefusal>> {
    const { stores } = this.core;
    if (jobId === null)
      return this.core.read(caller, (): Result<VerdictSource, VerdictRefusal> => {
        const profile = viewRunnable(stores, profileId ?? "");
        return profile.ok ? ok({ profile: profile.value, job: null }) : profile;
      });
    return this.core.readSealed(caller, ({ tenant }, _nowMs, seal) =>
      verdictSource(stores, tenant.tenantId, { jobId, profileId }, seal),
    );
  }

  /** A stored file turned out not to be what was sealed: an entry in the tenant's log, and nothing else. */
  async noteBroken(caller: Pick<Caller, "tenantId">, path: string, reason: string): Promise<void> {
    if (this.core.admission.tenant()?.tenantId === caller.tenantId) this.core.keys.noteBroken(path, reason);
  }

  /** Called by the runner: with its message's opened context and ticket, and then with its run's own token. */
  async beginRun(
    context: WorkContext,
    jobId: string,
    ticket: string,
  ): Promise<Result<runs.RunSpec, runs.RunRefusal>> {
    if (this.core.admission.tenant()?.tenantId !== context.tenantId) return err({ reason: "not_yours" });
    // Without keys nothing begins: the lease runs out, and the job waits for its next turn.
    const ready = await this.core.keys.ready(context.tenantId);
    if (!ready.ok) return ready;
    return this.core.commands.run(() => {
      const tenant = this.core.admission.tenant();
      const seal = this.core.keys.seal(context.tenantId, Date.now());
      if (!tenant || !seal) return err({ reason: "not_yours" });
      const ticketed = { epoch: context.epoch, jobId, ticket };
      return runs.beginRun(this.core.stores, tenant, ticketed, seal, this.leaseMs, Date.now());
    });
  }

  async reportRun(
    context: WorkContext,
    jobId: string,
    token: string,
    report: runs.RunReport,
  ): Promise<Result<null, runs.RunRefusal>> {
    if (this.core.admission.tenant()?.tenantId !== context.tenantId) return err({ reason: "not_yours" });
    const { stores, commands, keys } = this.core;
    return commands.run(() =>
      runs.reportRun(stores, { jobId, token, report }, keys.ring, this.leaseMs, Date.now()),
    );
  }
}
