using System;
using System.Collections.Generic;
using System.Numerics;
using System.Runtime.InteropServices;
using HftEngine.Core;
using HftEngine.Core.Memory;
using HftEngine.Core.Readers;
using HftEngine.Schemas;

namespace HftEngine.Simulation;

/// <summary>
/// What a surviving journal comes to: every command applied one by one to a fresh engine, with no recovery, event log
/// or pipeline in between.
/// </summary>
internal sealed unsafe class Survival
{
    // From here on the venue's own, see docs/rules.md.
    private const uint FirstOwnAccount = 0xFFFF_0000;

    private Survival(List<PlainCommand> commands) => Commands = commands;

    public IReadOnlyList<PlainCommand> Commands { get; }

    public History History { get; } = new();

    public ulong StateHash { get; private set; }

    public ulong EventDigest { get; private set; }

    /// <summary>The state at the end as image frames.</summary>
    public List<byte[]> Image { get; } = [];

    public static Survival Of(SimulatedStorage disk, EngineLimits limits)
    {
        var survival = new Survival(PlainJournal.Read(disk));
        using var memory = new NativeRegion(RingBytes(limits));
        var stream = new EventStream(memory);
        using var engine = new Engine(limits, stream);
        foreach (PlainCommand command in survival.Commands)
        {
            stream.Rewind();
            engine.Apply(command.Message);
            survival.History.Append(new ReadOnlySpan<byte>(stream.Memory, (int)stream.Position));
            survival.History.ReachTo(command.Sequence, command.Epoch);
        }

        survival.StateHash = engine.ComputeStateHash();
        survival.EventDigest = engine.EventDigestValue;
        engine.WriteImage(frames => Split(frames, survival.Image));
        return survival;
    }

    public static long RingBytes(EngineLimits limits) =>
        (long)BitOperations.RoundUpToPowerOf2((ulong)limits.MaxEventBytesPerCommand * 4);

    public static void Split(ReadOnlySpan<byte> frames, List<byte[]> target)
    {
        while (!frames.IsEmpty)
        {
            int length = MemoryMarshal.Read<int>(frames);
            target.Add(frames[..length].ToArray());
            frames = frames[length..];
        }
    }

    /// <summary>
    /// Per currency: what the clients have is what came in less what went out, and all accounts together have nothing.
    /// </summary>
    public void RequireConservedBalances()
    {
        var deposited = new SortedDictionary<uint, Int128>();
        var owned = new SortedDictionary<uint, Int128>();
        var all = new SortedDictionary<uint, Int128>();
        for (ulong sequence = 1; sequence <= History.Last; sequence++)
        {
            foreach (byte[] frame in History.FramesOf(sequence))
            {
                if (TemplateOf(frame) == BalanceAdjustedBlock.TemplateId)
                {
                    BalanceAdjustedBlock adjusted = BlockOf<BalanceAdjustedBlock>(frame);
                    if (adjusted.Envelope.AccountId >= FirstOwnAccount)
                    {
                        continue;
                    }

                    Add(deposited, adjusted.CurrencyId, adjusted.Amount);
                }
            }
        }

        foreach (byte[] frame in Image)
        {
            if (TemplateOf(frame) == BalanceImageBlock.TemplateId)
            {
                BalanceImageBlock balance = BlockOf<BalanceImageBlock>(frame);
                long amount = balance.Available + balance.Held + balance.Pending;
                Add(all, balance.CurrencyId, amount);
                if (balance.Envelope.AccountId < FirstOwnAccount)
                {
                    Add(owned, balance.CurrencyId, amount);
                    Require(balance.Available >= 0 && balance.Held >= 0, "a balance is below zero");
                }
            }
        }

        foreach ((uint currency, Int128 amount) in deposited)
        {
            Int128 there = owned.GetValueOrDefault(currency);
            Require(there == amount, $"of currency {currency} {amount} came in and {there} are there");
            Require(all[currency] == 0, $"of currency {currency} all accounts together have {all[currency]}");
        }
    }

    /// <summary>No request was executed twice, and each session's requests in the order of their numbers.</summary>
    public void RequireNothingDoubled()
    {
        var entered = new HashSet<(uint Account, string Id)>();
        var lastNumber = new Dictionary<uint, ulong>();
        for (ulong sequence = 1; sequence <= History.Last; sequence++)
        {
            IReadOnlyList<byte[]> frames = History.FramesOf(sequence);
            if (frames.Count == 0)
            {
                continue;
            }

            byte[] first = frames[0];
            EventEnvelope envelope = BlockOf<EventEnvelope>(first);
            if (envelope.SessionSequence != 0 && TemplateOf(first) != CommandRejectedBlock.TemplateId)
            {
                ulong last = lastNumber.GetValueOrDefault(envelope.SessionId);
                Require(
                    envelope.SessionSequence > last,
                    $"session {envelope.SessionId} was answered number {envelope.SessionSequence} after {last}");
                lastNumber[envelope.SessionId] = envelope.SessionSequence;
            }

            if (TemplateOf(first) == OrderAcceptedBlock.TemplateId)
            {
                OrderAcceptedBlock accepted = BlockOf<OrderAcceptedBlock>(first);
                string id = Convert.ToHexString(MemoryMarshal.AsBytes(
                    new ReadOnlySpan<ClientOrderId>(in accepted.ClientOrderId)));
                bool isNew = accepted.Repeated != 0 || entered.Add((envelope.AccountId, id));
                Require(isNew, $"account {envelope.AccountId}'s order {id} was entered twice, again at {sequence}");
            }
        }
    }

    public static ushort TemplateOf(ReadOnlySpan<byte> frame) => MemoryMarshal.Read<ushort>(frame[10..]);

    public static T BlockOf<T>(ReadOnlySpan<byte> frame)
        where T : unmanaged => MemoryMarshal.Read<T>(frame[16..]);

    private static void Add(SortedDictionary<uint, Int128> sums, uint currency, long amount) =>
        sums[currency] = sums.GetValueOrDefault(currency) + amount;

    private static void Require(bool condition, string what)
    {
        if (!condition)
        {
            throw new SimulationFailure(char.ToUpperInvariant(what[0]) + what[1..] + ".");
        }
    }
}
