using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Core.Readers;
using HftEngine.Core.Storage;
using HftEngine.Fix.Store;
using HftEngine.Simulation;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Store;

internal sealed class FileStoreTests
{
    private const string Name = "session.fix";

    private static readonly FileStoreOptions SmallBlocks = new() { BlockNumbers = 20, PendingBytes = 1_024 };

    [Test]
    public void An_orderly_end_keeps_numbers_messages_and_origin_exactly()
    {
        SimulatedStorage disk = new();
        FileStore store = Open(disk);
        store.Skip();
        store.Append("first"u8, new EventPosition(3, 77, 1));
        store.Append("second"u8, default);
        store.NextInbound = 9;
        store.Dispose();
        FileStore again = Open(disk.AfterKill());
        Assert.That((again.NextOutbound, again.NextInbound, again.HasHole), Is.EqualTo((4L, 9L, false)));
        Assert.That(again.LastOrigin, Is.EqualTo(new EventPosition(3, 77, 1)));
        Assert.That(Read(again, 1), Is.Null);
        Assert.That(Read(again, 2), Is.EqualTo("first"));
        Assert.That(Read(again, 3), Is.EqualTo("second"));
        Assert.That(Read(again, 4), Is.Null);
    }

    [Test]
    public void After_a_kill_the_numbers_go_on_behind_the_reserved_block_and_nothing_is_lost()
    {
        SimulatedStorage disk = new();
        FileStore store = Open(disk);
        store.Append("first"u8, default);
        store.NextInbound = 5;
        store.Commit();
        FileStore again = Open(disk.AfterKill());
        Assert.That((again.NextOutbound, again.NextInbound, again.HasHole), Is.EqualTo((21L, 5L, true)));
        Assert.That(Read(again, 1), Is.EqualTo("first"));
        Assert.That(Read(again, 2), Is.Null);
    }

    [Test]
    public void A_reset_starts_both_sequences_at_one_and_forgets_the_messages()
    {
        SimulatedStorage disk = new();
        FileStore store = Open(disk);
        store.Append("first"u8, new EventPosition(1, 1, 1));
        store.NextInbound = 5;
        store.Reset(1_234);
        Assert.That((store.NextOutbound, store.NextInbound, store.CreatedNs), Is.EqualTo((1L, 1L, 1_234L)));
        Assert.That(Read(store, 1), Is.Null);
        FileStore again = Open(disk.AfterKill());
        Assert.That((again.NextInbound, again.CreatedNs, again.LastOrigin), Is.EqualTo(
            (1L, 1_234L, default(EventPosition))));
    }

    [Test]
    public void No_crash_makes_a_number_be_used_twice_or_a_message_be_read_wrong()
    {
        int seed = Environment.TickCount;
        for (int run = 0; run < 300; run++)
        {
            Random random = new(seed + run);
            string about = $"seed {seed + run}";
            SimulatedStorage disk = new();
            History history = new();
            for (int life = 0; life < 4; life++)
            {
                Live(Open(disk, random.Next(2) == 0), random, history, about);
                bool power = random.Next(2) == 0;
                disk = power ? disk.AfterPowerLoss(random) : disk.AfterKill();
                Check(Open(disk), history, power, about);
            }
        }
    }

    [Test]
    public void A_crash_in_the_middle_of_a_reset_leaves_the_old_state_or_the_new_one()
    {
        for (int failing = 1; ; failing++)
        {
            SimulatedStorage disk = new();
            FileStore store = Open(disk);
            store.Append("old"u8, default);
            store.NextInbound = 7;
            store.Commit();
            int operations = 0;
            disk.Before = (operation, _) =>
            {
                if (++operations == failing)
                {
                    throw new StorageException(operation, Name, 0, new InvalidOperationException("crash"));
                }
            };
            bool crashed = false;
            try
            {
                store.Reset(99);
            }
            catch (StorageException)
            {
                crashed = true;
            }

            FileStore again = Open(disk.AfterPowerLoss(new Random(failing)));
            bool isNew = again.CreatedNs == 99;
            Assert.That(isNew || again.CreatedNs == 1, Is.True, $"operation {failing}");
            Assert.That(again.NextOutbound, Is.GreaterThan(isNew ? 0 : 1));
            if (!crashed)
            {
                Assert.That(isNew, Is.True);
                return;
            }
        }
    }

    [Test]
    public void A_flush_of_the_time_before_a_reset_vouches_for_nothing_after_it()
    {
        List<Action> later = [];
        SimulatedStorage disk = new();
        FileStore store = FileStore.Open(disk, Name, SmallBlocks with { FlushLater = later.Add }, 1);
        for (int i = 0; i < 15; i++)
        {
            store.Append("x"u8, default);
        }

        Assert.That(later, Has.Count.EqualTo(1));
        store.Reset(2);
        later[0]();
        for (int i = 0; i < 20; i++)
        {
            store.Append("y"u8, default);
        }

        store.Commit();
        long sent = store.NextOutbound - 1;
        FileStore again = Open(disk.AfterPowerLoss(new Random(1)));
        Assert.That(again.NextOutbound, Is.GreaterThan(sent));
    }

    [Test]
    public void Messages_far_apart_are_found_by_their_number()
    {
        FileStore store = Open(new SimulatedStorage());
        store.SetNextOutbound(50_000);
        store.Append("far"u8, default);
        store.SetNextOutbound(200_000);
        store.Append("farther"u8, default);
        Assert.That(Read(store, 50_000), Is.EqualTo("far"));
        Assert.That(Read(store, 200_000), Is.EqualTo("farther"));
        Assert.That(Read(store, 100_000), Is.Null);
        Assert.That(Read(store, 0), Is.Null);
        Assert.That(Read(store, long.MaxValue), Is.Null);
    }

    private static FileStore Open(IStorage storage, bool flushesLater = false) => FileStore.Open(
        storage, Name, flushesLater ? SmallBlocks with { FlushLater = action => action() } : SmallBlocks, 1);

    private static string? Read(FileStore store, long number)
    {
        byte[] buffer = new byte[256];
        int length = store.Read(number, buffer);
        return length == 0 ? null : Encoding.ASCII.GetString(buffer, 0, length);
    }

    private static void Live(FileStore store, Random random, History history, string about)
    {
        int steps = random.Next(0, 120);
        for (int step = 0; step < steps; step++)
        {
            switch (random.Next(10))
            {
                case 0:
                    store.Skip();
                    break;
                case 1:
                    store.NextInbound += random.Next(1, 4);
                    history.HighestInbound = long.Max(history.HighestInbound, store.NextInbound);
                    break;
                case 2 when random.Next(40) == 0:
                    store.Reset(step + 2);
                    history.Clear();
                    break;
                default:
                    string text = $"message {store.NextOutbound} {new string('x', random.Next(0, 60))}";
                    history.Written[store.NextOutbound] = text;
                    store.Append(Encoding.ASCII.GetBytes(text), default);
                    break;
            }

            if (random.Next(3) == 0)
            {
                store.Commit();
                Assert.That(store.NextOutbound - 1, Is.GreaterThanOrEqualTo(history.LastSent), about);
                history.LastSent = store.NextOutbound - 1;
                history.Inbound = store.NextInbound;
            }
        }
    }

    private static void Check(FileStore store, History history, bool power, string about)
    {
        Assert.That(store.NextOutbound, Is.GreaterThan(history.LastSent), about);
        Assert.That(store.NextInbound, Is.LessThanOrEqualTo(history.HighestInbound), about);
        Assert.That(power || store.NextInbound >= history.Inbound, Is.True, about);
        history.HighestInbound = store.NextInbound;
        history.Inbound = store.NextInbound;
        long lastSent = history.LastSent;
        history.LastSent = store.NextOutbound - 1;
        foreach (long number in history.Written.Keys.Where(key => key > lastSent).ToArray())
        {
            // Never handed to the file, so never sent.
            history.Written.Remove(number);
        }

        foreach ((long number, string text) in history.Written.ToArray())
        {
            string? kept = Read(store, number);
            Assert.That(kept is null || kept == text, Is.True, $"{about}, number {number}");
            Assert.That(power || kept is not null, Is.True, $"{about}, number {number} lost by a kill");
            if (kept is null)
            {
                history.Written.Remove(number);
            }
        }

        store.Commit();
    }

    private sealed class History
    {
        public Dictionary<long, string> Written { get; } = [];

        public long LastSent { get; set; }

        public long Inbound { get; set; } = 1;

        public long HighestInbound { get; set; } = 1;

        public void Clear()
        {
            Written.Clear();
            LastSent = 0;
            Inbound = 1;
            HighestInbound = 1;
        }
    }
}
