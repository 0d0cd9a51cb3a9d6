import { newId } from '../ids.ts';
import { type JobRemark, jobReport } from '../resources/job-history.ts';
import type { JobPlan } from '../resources/job-schedule.ts';
import { authorOf } from '../resources/pipeline/author.ts';
import type { RequestContext } from '../resources/request-context.ts';
import { resourceType } from '../schemas/registry.ts';
import type { JsonObject } from '../scim/json.ts';
import type { JobReportWrite } from '../store/store.ts';
import { JobFailure } from './job-failure.ts';

/** Reports that are written at once. */
const REPORTS_AT_ONCE = 100;
/** So often, in milliseconds of the machine, the history shows how far the job is. */
const SAVED_EVERY_MS = 1_000;

/** A job that runs in this process: its history and reports, which any process can read. */
export class JobRun {
  readonly context: RequestContext;
  readonly plan: JobPlan;
  readonly historyId: string;
  #data: JsonObject;
  #counts = { totalCount: 0, successCount: 0, failureCount: 0 };
  #percentage = 0;
  #reports: JobReportWrite[] = [];
  #saved = 0;
  #stopped: string | null = null;

  private constructor(context: RequestContext, plan: JobPlan, historyId: string, data: JsonObject) {
    this.context = context;
    this.plan = plan;
    this.historyId = historyId;
    this.#data = data;
  }

  /** Writes the history of a job that is to run. @param schedule the answer to its POST */
  static async open(context: RequestContext, plan: JobPlan, schedule: JsonObject): Promise<JobRun> {
    const { store, domain, clock, ids } = context;
    const { id, jobType, jobDisplayName, jobDescription, parameters } = schedule;
    const author = authorOf(context);
    const now = clock.now();
    const data: JsonObject = {
      idcsCreatedBy: author,
      idcsLastModifiedBy: { ...author },
      jobScheduleId: id!,
      jobType: jobType!,
      jobDisplayName: jobDisplayName ?? jobType!,
      ...(jobDescription === undefined ? {} : { jobDescription }),
      ...(parameters === undefined ? {} : { parameters }),
      instanceId: newId(ids),
      runNow: true,
      scheduled: new Date(now).toISOString(),
      status: 'scheduled',
      percentage: 0,
      totalCount: 0,
      successCount: 0,
      failureCount: 0,
    };
    const run = new JobRun(context, plan, newId(ids), data);
    await store.transaction(async (session) => {
      await session.resources.insert(domain.id, run.#row(), now);
      await session.jobs.begin(domain.id, run.historyId);
    });
    return run;
  }

  /** Whose job it is, and when it began. */
  async begin(): Promise<void> {
    this.#data = { ...this.#data, status: 'running', startTime: this.#now() };
    await this.#save();
  }

  /**
   * Counts a row, and says how it went.
   * @param percentage how far the job is
   * @throws JobFailure when the job was stopped meanwhile
   */
  async count(isGood: boolean, percentage: number, remark?: JobRemark): Promise<void> {
    this.#counts.totalCount += 1;
    if (isGood) this.#counts.successCount += 1;
    else this.#counts.failureCount += 1;
    this.#percentage = Math.max(this.#percentage, percentage);
    if (remark !== undefined) await this.say(remark);
    if (this.#stopped !== null) throw new JobFailure(this.#stopped);
    if (Date.now() - this.#saved >= SAVED_EVERY_MS) await this.#save();
  }

  /** Adds a report. */
  async say(remark: JobRemark): Promise<void> {
    this.#reports.push(jobReport(this.context, { id: this.historyId, data: this.#data }, remark));
    if (this.#reports.length >= REPORTS_AT_ONCE) await this.#flush();
  }

  /** Makes the job end with its next row. */
  stop(why: string): void {
    this.#stopped ??= why;
  }

  /** Why the job is to end; null: it goes on. */
  get stopped(): string | null {
    return this.#stopped;
  }

  /** Says that the job is alive. */
  async beat(): Promise<void> {
    const { store, domain } = this.context;
    if (!(await store.jobs.beat(domain.id, this.historyId))) this.stop('Another process has taken the job for dead.');
  }

  /** Writes how it ended. Nothing is written of a job that was taken for dead: that stands there already. */
  async end(status: 'succeeded' | 'failed'): Promise<void> {
    const { store, domain } = this.context;
    this.#data = { ...this.#data, status, endTime: this.#now() };
    if (status === 'succeeded') this.#percentage = 100;
    await store.transaction(async (session) => {
      if (!(await session.jobs.end(domain.id, this.historyId))) return;
      await session.jobs.insertReports(domain.id, this.#reports);
      await session.resources.update(domain.id, this.#row(), null);
    });
  }

  async #save(): Promise<void> {
    await this.#flush();
    this.#saved = Date.now();
    const { store, domain } = this.context;
    if (this.#stopped === null) await store.resources.update(domain.id, this.#row(), null);
  }

  async #flush(): Promise<void> {
    const reports = this.#reports;
    this.#reports = [];
    await this.context.store.jobs.insertReports(this.context.domain.id, reports);
  }

  #row() {
    return {
      type: resourceType('JobHistory'),
      id: this.historyId,
      ocid: null,
      version: newId(this.context.ids),
      lastModified: this.context.clock.now(),
      data: { ...this.#data, ...this.#counts, percentage: this.#percentage },
    };
  }

  #now(): string {
    return new Date(this.context.clock.now()).toISOString();
  }
}
