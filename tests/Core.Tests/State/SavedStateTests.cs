using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using HftEngine.Core.State;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Sessions;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Core.Tests.State;

/// <summary>A loaded engine cannot be told from the one that was saved.</summary>
internal sealed class SavedStateTests
{
    private const ulong Sessions = 1500;
    private const int SavesPerSession = 4;
    private const int FixedBytes = 8 + 16;

    [Test]
    public void An_engine_that_is_saved_and_loaded_again_and_again_gives_the_bytes_of_one_that_never_was()
    {
        long orders = 0;
        long outlived = 0;
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            (EngineLimits limits, IReadOnlyList<SessionStep> steps) = Session(seed);
            SeededRandom random = new(seed);
            HashSet<int> saves = Enumerable.Range(0, SavesPerSession).Select(_ => random.Below(steps.Count)).ToHashSet();
            using RecordedEngine original = new(limits);
            RecordedEngine current = new(limits);
            for (int i = 0; i < steps.Count; i++)
            {
                if (saves.Contains(i))
                {
                    RecordedEngine loaded = Reload(original.Engine, current.Engine, limits, random, $"seed {seed}, command {i}");
                    orders += loaded.Engine.RestingOrders;
                    outlived += loaded.Engine.RestingOrders > 0 && i > 60 ? 1 : 0;
                    current.Dispose();
                    current = loaded;
                }

                RequireSameAnswer(original, current, steps[i], i, seed);
            }

            Assert.That(SavedState.Of(current.Engine), Is.EqualTo(SavedState.Of(original.Engine)), $"seed {seed}");
            current.Dispose();
        }

        Assert.That(orders, Is.GreaterThan((long)Sessions * SavesPerSession), "hardly an order was ever saved");
        Assert.That(outlived, Is.GreaterThan(0));
    }

    [Test]
    public void A_damaged_state_is_refused_and_never_followed()
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            (EngineLimits limits, IReadOnlyList<SessionStep> steps) = Session(seed);
            SeededRandom random = new(seed);
            byte[] state = StateAfter(limits, steps.Take(random.Below(steps.Count) + 1));
            for (int i = 0; i < 30; i++)
            {
                byte[] damaged = Damage(state, random);
                if (damaged.AsSpan().SequenceEqual(state))
                {
                    continue;
                }

                Assert.That(
                    () => SavedState.Load(limits, damaged).Dispose(), Throws.TypeOf<StateException>(), $"seed {seed}, try {i}");
            }
        }
    }

    [Test]
    public void A_state_of_other_limits_is_refused()
    {
        byte[] state = StateAfter(EngineHarness.SmallLimits, []);
        Assert.That(
            () => SavedState.Load(EngineHarness.SmallLimits with { MaxOrders = 65 }, state).Dispose(),
            Throws.TypeOf<StateException>().With.Message.Contains("other limits"));
    }

    [Test]
    public void A_section_that_nobody_knows_is_refused()
    {
        byte[] state = StateAfter(EngineHarness.SmallLimits, []);
        int at = LimitsBytes + VenueBytes;
        ulong[] unknown = [950 | (1UL << 32), 1, 950 | (0xFFFFFFFFUL << 32), 8];
        byte[] changed = [.. state[..at], .. MemoryMarshal.AsBytes(unknown.AsSpan()), .. state[at..]];
        Assert.That(
            () => SavedState.Load(EngineHarness.SmallLimits, changed).Dispose(),
            Throws.TypeOf<StateException>().With.Message.Contains("section 950 is unknown"));
    }

    [Test]
    public void A_section_of_a_newer_version_is_refused()
    {
        byte[] state = StateAfter(EngineHarness.SmallLimits, []);
        state[LimitsBytes + 4] = 2;
        Assert.That(
            () => SavedState.Load(EngineHarness.SmallLimits, state).Dispose(),
            Throws.TypeOf<StateException>().With.Message.Contains("version 2 of section Venue"));
    }

    [Test]
    public void What_was_never_used_is_not_in_the_stream()
    {
        byte[] state = StateAfter(EngineHarness.SmallLimits, []);
        Assert.That(state, Has.Length.EqualTo(LimitsBytes + VenueBytes + SealBytes));
    }

    [Test]
    public unsafe void The_state_hash_is_the_hash_of_the_stream()
    {
        (EngineLimits limits, IReadOnlyList<SessionStep> steps) = Session(3);
        using RecordedEngine engine = Played(limits, steps.Take(60));
        byte[] state = SavedState.Of(engine.Engine);
        byte[] hashed = state[LimitsBytes..^SealBytes];
        Array.Resize(ref hashed, (hashed.Length + 31) & ~31);
        EventDigest digest = EventDigest.Start();
        fixed (byte* first = hashed)
        {
            digest.Update(first, hashed.Length);
        }

        Assert.That(engine.Engine.ComputeStateHash(), Is.EqualTo(digest.Value));
    }

    private static int LimitsBytes =>
        FixedBytes + ((Marshal.SizeOf<GenesisBlock>() + 7) & ~7);

    private static int VenueBytes => FixedBytes + 32;

    private static int SealBytes => FixedBytes + 56;

    private static (EngineLimits Limits, IReadOnlyList<SessionStep> Steps) Session(ulong seed) =>
        (SessionShape.Of(new SeededRandom(seed)).Limits, RandomSession.Run(seed).Steps);

    private static RecordedEngine Played(EngineLimits limits, IEnumerable<SessionStep> steps)
    {
        RecordedEngine engine = new(limits);
        int i = 0;
        foreach (SessionStep step in steps)
        {
            Apply(engine.Engine, step, i++);
        }

        return engine;
    }

    private static byte[] StateAfter(EngineLimits limits, IEnumerable<SessionStep> steps)
    {
        using RecordedEngine engine = Played(limits, steps);
        return SavedState.Of(engine.Engine);
    }

    private static RecordedEngine Reload(
        Engine original, Engine current, EngineLimits limits, SeededRandom random, string where)
    {
        byte[] state = SavedState.Of(current);
        RecordedEngine loaded = SavedState.Load(limits, state, random.Below(100) + 1);
        Assert.That(SavedState.Of(loaded.Engine), Is.EqualTo(state), where);
        Assert.That(SavedState.Of(original), Is.EqualTo(state), where);
        Assert.That(SavedState.ImageOf(loaded.Engine), Is.EqualTo(SavedState.ImageOf(original)), where);
        RequireSameState(original, loaded.Engine, where);
        return loaded;
    }

    private static void RequireSameAnswer(
        RecordedEngine original, RecordedEngine current, SessionStep step, int index, ulong seed)
    {
        int before = original.Events.Length;
        int currentBefore = current.Events.Length;
        Apply(original.Engine, step, index);
        Apply(current.Engine, step, index);
        bool same = original.Events[before..].SequenceEqual(current.Events[currentBefore..]);
        Assert.That(same, $"seed {seed}: another answer to command {index}");
        RequireSameState(original.Engine, current.Engine, $"seed {seed}, command {index}");
    }

    private static void RequireSameState(Engine expected, Engine actual, string where)
    {
        Assert.That(actual.ComputeStateHash(), Is.EqualTo(expected.ComputeStateHash()), where);
        Assert.That(actual.EventDigestValue, Is.EqualTo(expected.EventDigestValue), where);
        Assert.That(actual.NextDeadlineNs, Is.EqualTo(expected.NextDeadlineNs), where);
        Assert.That(actual.LastSequence, Is.EqualTo(expected.LastSequence), where);
        Assert.That(actual.LastTimestampNs, Is.EqualTo(expected.LastTimestampNs), where);
        Assert.That(actual.LastEpoch, Is.EqualTo(expected.LastEpoch), where);
        Assert.That(actual.RuleLevel, Is.EqualTo(expected.RuleLevel), where);
        Assert.That(actual.RestingOrders, Is.EqualTo(expected.RestingOrders), where);
    }

    private static void Apply(Engine engine, SessionStep step, int index)
    {
        byte[] message = (byte[])step.Message.Clone();
        WireMessage.Stamp(message, epoch: 1, (ulong)index + 1, timestampNs: 1_700_000_000_000_000_000 + index);
        if (step.Voided)
        {
            engine.ApplyVoided(message);
        }
        else
        {
            engine.Apply(message);
        }
    }

    private static byte[] Damage(byte[] state, SeededRandom random)
    {
        byte[] copy = (byte[])state.Clone();
        int word = random.Below(copy.Length / 8) * 8;
        switch (random.Below(5))
        {
            case 0:
                return copy[..random.Below(copy.Length)];
            case 1:
                return [.. copy, .. new byte[8]];
            case 2:
                copy[random.Below(copy.Length)] ^= (byte)(1 << random.Below(8));
                return copy;
            case 3:
                MemoryMarshal.Write(copy.AsSpan(word), random.Next64() >> random.Below(64));
                return copy;
            default:
                // A word in another's place: plausible, and wrong.
                copy.AsSpan(random.Below(copy.Length / 8) * 8, 8).CopyTo(copy.AsSpan(word));
                return copy;
        }
    }
}
