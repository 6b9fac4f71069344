import type { WorkContext } from "../../src/crypto/sealed-context";
import type { EventPlace } from "../../src/domain/delivery-plan";
import { routesOf } from "../../src/domain/event-route";
import { err, ok, type Result } from "../../src/domain/result";
import type { Caller } from "../../src/domain/tenant-context";
import type { Answer, Created } from "./answer";
import type { AttemptFilter } from "./attempt-store";
import type { DeadEvent } from "./delivery-store";
import type { UnknownTenant } from "./operator-calls";
import * as attempts from "./operations/attempts";
import * as deliveries from "./operations/deliveries";
import { relayStanding, type RelayStanding } from "./operations/relay-standing";
import type { DeliveryStep, DeliveryTerms } from "./operations/delivery-steps";
import * as replays from "./operations/replays";
import type { EndpointView, UnknownEndpoint } from "./operations/endpoint-rows";
import * as webhooks from "./operations/webhooks";
import { RulesCalls } from "./rules-calls";
import type { Seal } from "./seal";

/** The half of a tenant's object that has to do with who is told of its events, and with their delivery. */
export abstract class WebhookCalls extends RulesCalls {
  protected abstract readonly deliveryTerms: DeliveryTerms;

  createWebhook(
    caller: Caller,
    input: webhooks.NewEndpoint,
  ): Promise<Answer<Created<EndpointView>, webhooks.CreateEndpointRefusal>> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      webhooks.createEndpoint(this.core.stores, admitted, input, seal, nowMs),
    );
  }

  listWebhooks(caller: Caller): Promise<Answer<readonly EndpointView[], never>> {
    return this.core.readSealed(caller, (_admitted, _nowMs, seal) =>
      ok(webhooks.listEndpoints(this.core.stores, seal)),
    );
  }

  getWebhook(caller: Caller, id: string): Promise<Answer<EndpointView, UnknownEndpoint>> {
    return this.core.readSealed(caller, (_admitted, _nowMs, seal) =>
      webhooks.viewEndpoint(this.core.stores, id, seal),
    );
  }

  updateWebhook(
    caller: Caller,
    id: string,
    patch: webhooks.EndpointPatch,
  ): Promise<Answer<EndpointView, webhooks.EndpointChangeRefusal>> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      webhooks.updateEndpoint(this.core.stores, admitted, id, patch, seal, nowMs),
    );
  }

  deleteWebhook(caller: Caller, id: string): Promise<Answer<null, webhooks.EndpointChangeRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      webhooks.deleteEndpoint(this.core.stores, admitted, id, nowMs),
    );
  }

  rotateWebhookSecret(
    caller: Caller,
    rotation: webhooks.SecretRotation,
  ): Promise<Answer<Created<EndpointView>, webhooks.RotateSecretRefusal>> {
    return this.core.commandSealed(caller, (admitted, nowMs, seal) =>
      webhooks.rotateSecret(this.core.stores, admitted, rotation, seal, nowMs),
    );
  }

  replayWebhook(
    caller: Caller,
    replay: replays.Replay,
  ): Promise<Answer<Created<replays.ReplayedStretch>, replays.ReplayRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      replays.replay(this.core.stores, admitted, replay, nowMs),
    );
  }

  replayDeadLetters(
    caller: Caller,
    asked: { readonly id: string; readonly only: EventPlace | null },
  ): Promise<Answer<replays.DeadReplay, replays.DeadReplayRefusal>> {
    return this.core.command(caller, (admitted, nowMs) =>
      replays.replayDead(this.core.stores, admitted, asked, nowMs),
    );
  }

  listDeadLetters(
    caller: Caller,
    id: string,
    page: { readonly after: EventPlace; readonly limit: number },
  ): Promise<Answer<readonly DeadEvent[], UnknownEndpoint>> {
    return this.core.read(caller, () => attempts.listDead(this.core.stores, id, page));
  }

  listDeliveries(
    caller: Caller,
    id: string,
    filter: AttemptFilter,
    page: { readonly limit: number; readonly after: string | null },
  ): Promise<Answer<readonly attempts.AttemptView[], UnknownEndpoint>> {
    return this.core.readSealed(caller, (_admitted, _nowMs, seal) =>
      attempts.listAttempts(this.core.stores, id, filter, page, seal),
    );
  }

  /** Nothing of what was said is looked at: that an operator looked stands in the log all the same. */
  relayStanding(caller: Caller): Promise<Result<RelayStanding, UnknownTenant>> {
    return this.operate(caller, (_tenant, nowMs) => {
      const standing = relayStanding(this.core.stores, this.core.backlog);
      this.core.stores.recordAccess("operator.access", caller, nowMs);
      return ok(standing);
    });
  }

  /** What a test message is sent with. */
  beginWebhookTest(caller: Caller, id: string): Promise<Answer<attempts.TestTarget, attempts.TestRefusal>> {
    return this.core.readSealed(caller, (_admitted, nowMs, seal) =>
      attempts.testTarget(this.core.stores, id, seal, nowMs),
    );
  }

  /** The second half of a test: its attempt is shown with the others. */
  noteWebhookTest(caller: Caller, attempt: attempts.TestAttempt): Promise<Result<null, unknown>> {
    return this.core.settle(caller, (nowMs) => {
      const seal = this.core.keys.seal(caller.tenantId, nowMs);
      attempts.noteTest(this.core.stores, attempt, seal);
      return ok(null);
    });
  }

  /** Called by the worker that delivers: with its message's opened context and token, and then with each step's own. */
  beginDelivery(context: WorkContext, endpointId: string, token: string): Promise<Delivered> {
    const ticket = { epoch: context.epoch, endpointId, token };
    return this.#delivering(context, (terms, seal, nowMs) =>
      deliveries.beginDelivery(this.core.stores, ticket, terms, seal, nowMs),
    );
  }

  reportDelivery(
    context: WorkContext,
    endpointId: string,
    token: string,
    report: deliveries.StepReport,
  ): Promise<Delivered> {
    const told = { endpointId, token, report };
    return this.#delivering(context, (terms, seal, nowMs) =>
      deliveries.reportDelivery(this.core.stores, told, terms, seal, nowMs),
    );
  }

  /** Whether the worker still has the endpoint. */
  async renewDelivery({ tenantId }: WorkContext, endpointId: string, token: string): Promise<boolean> {
    if (this.core.admission.tenant()?.tenantId !== tenantId) return false;
    const { leaseMs } = this.deliveryTerms;
    return this.core.commands.run(() =>
      deliveries.renewDelivery(this.core.stores, endpointId, token, leaseMs, Date.now()),
    );
  }

  /** Nothing is said in a tenant's name that is not active, and nothing can be said without its keys. */
  async #delivering(
    { tenantId }: WorkContext,
    step: (terms: DeliveryTerms, seal: Seal, nowMs: number) => Delivered,
  ): Promise<Delivered> {
    const { admission, keys, commands } = this.core;
    const isOurs = () => admission.standing() === "active" && admission.tenant()?.tenantId === tenantId;
    if (!isOurs()) return err({ reason: "not_yours" });
    const ready = await keys.ready(tenantId);
    if (!ready.ok) return err({ reason: "not_yours" });
    return commands.run((): Delivered => {
      const nowMs = Date.now();
      const tenant = admission.tenant();
      const seal = isOurs() ? keys.seal(tenantId, nowMs) : null;
      if (!seal || !tenant) return err({ reason: "not_yours" });
      // The tenant's own alone: a route's name that another tenant's sink has by now leads nowhere.
      const routes = routesOf(this.deliveryTerms.routes, tenant);
      return step({ ...this.deliveryTerms, routes }, seal, nowMs);
    });
  }
}

type Delivered = Result<DeliveryStep | null, deliveries.DeliveryRefusal>;
