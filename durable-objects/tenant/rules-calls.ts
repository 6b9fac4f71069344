import { ok } from "../../src/domain/result";
import type { Deprecation, ProfileRecord } from "../../src/domain/rules-profile";
import type { RulesProfileId } from "../../src/domain/rules-profile-id";
import type { Caller } from "../../src/domain/tenant-context";
import type { Answer, Created, Idempotency, IdempotencyRefusal } from "./answer";
import { KeyCalls } from "./key-calls";
import type { HeaderMappings } from "../../src/domain/header-mappings";
import * as headers from "./operations/headers";
import type { UnknownProfile } from "./operations/profile-choice";
import * as rules from "./operations/rules";
import * as life from "./operations/rules-life";

/** The half of a tenant's object that has to do with its own rules profiles. */
export abstract class RulesCalls extends KeyCalls {
  listProfiles(
    caller: Caller,
    filter: rules.ProfileFilter,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<Answer<rules.ProfileList, never>> {
    return this.core.read(caller, () => ok(rules.listProfiles(this.core.stores, filter, page)));
  }

  getProfile(caller: Caller, wanted: RulesProfileId): Promise<Answer<rules.ProfileView, UnknownProfile>> {
    return this.core.read(caller, () => rules.viewProfile(this.core.stores, wanted));
  }

  /** What `channel@version` or `channel@latest` is validated by. */
  runnableProfile(caller: Caller, id: string): Promise<Answer<rules.RunnableProfile, UnknownProfile>> {
    return this.core.read(caller, () => rules.viewRunnable(this.core.stores, id));
  }

  getHeaders(caller: Caller, channel: string): Promise<Answer<HeaderMappings, headers.UnknownHeaders>> {
    return this.core.read(caller, () => headers.viewHeaders(this.core.stores, channel));
  }

  saveHeaders(
    caller: Caller,
    change: headers.HeaderChange,
  ): Promise<Answer<HeaderMappings, headers.HeadersRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      headers.saveHeaders(this.core.stores, admitted, change, nowMs),
    );
  }

  deleteHeaders(caller: Caller, channel: string): Promise<Answer<null, headers.UnknownHeaders>> {
    return this.core.command(caller, (admitted, nowMs) =>
      headers.deleteHeaders(this.core.stores, admitted, channel, nowMs),
    );
  }

  compareProfiles(
    caller: Caller,
    wanted: RulesProfileId,
    fromVersion: string | null,
  ): Promise<Answer<rules.ProfilePair, rules.PairRefusal>> {
    return this.core.read(caller, () => rules.profilePair(this.core.stores, wanted, fromVersion));
  }

  saveProfile(
    caller: Caller,
    draft: rules.NewDraft,
    precondition: rules.Precondition,
  ): Promise<Answer<rules.SavedDraft, rules.SaveRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      rules.saveDraft(this.core.stores, admitted, draft, precondition, nowMs),
    );
  }

  importProfile(
    caller: Caller,
    draft: rules.NewDraft,
    idempotency: Idempotency,
  ): Promise<Answer<Created<ProfileRecord>, rules.SaveRefusal | IdempotencyRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      rules.importDraft(this.core.stores, admitted, draft, idempotency, nowMs),
    );
  }

  deleteProfile(
    caller: Caller,
    wanted: RulesProfileId,
    precondition: rules.Precondition,
  ): Promise<Answer<null, rules.DeleteRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      rules.deleteDraft(this.core.stores, admitted, wanted, precondition, nowMs),
    );
  }

  validateProfile(
    caller: Caller,
    wanted: RulesProfileId,
  ): Promise<Answer<life.Checked, life.ValidateRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      life.validateProfile(this.core.stores, admitted, wanted, nowMs),
    );
  }

  publishProfile(
    caller: Caller,
    wanted: RulesProfileId,
    precondition: rules.Precondition,
    idempotency: Idempotency,
  ): Promise<Answer<Created<ProfileRecord>, life.PublishRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      life.publishProfile(this.core.stores, admitted, wanted, precondition, idempotency, nowMs),
    );
  }

  deprecateProfile(
    caller: Caller,
    wanted: RulesProfileId,
    deprecation: Deprecation,
  ): Promise<Answer<ProfileRecord, life.DeprecateRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      life.deprecateProfile(this.core.stores, admitted, wanted, deprecation, nowMs),
    );
  }

  rollbackProfile(
    caller: Caller,
    wanted: RulesProfileId,
    reason: string,
  ): Promise<Answer<life.RolledBack, life.RollbackRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      life.rollbackProfile(this.core.stores, admitted, wanted, reason, nowMs),
    );
  }
}
