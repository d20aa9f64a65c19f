using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using HftEngine.Core.Tests.Harness;
using HftEngine.Schemas;
using NUnit.Framework;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Bytes that no gateway should write: answered as step 0 says, and harmless for what follows.</summary>
internal sealed class HostileBytesTests
{
    private const ulong Sessions = 200;
    private const int MessagesPerSession = 200;
    private const int LongestMessage = 200;

    [Test]
    public void Random_bytes_never_throw_and_never_corrupt()
    {
        for (ulong seed = 1; seed <= Sessions; seed++)
        {
            SeededRandom random = new(seed ^ 0xF022);
            using EngineHarness venue = EngineHarness.Open();
            try
            {
                for (int i = 0; i < MessagesPerSession; i++)
                {
                    venue.SendRaw(random.OneIn(3) ? RandomBytes(random) : PlausibleBytes(random));
                }

                RequireTrading(venue);
                venue.Pair.CompareStates();
            }
            catch (Exception failure) when (failure is not AssertionException)
            {
                Assert.Fail($"seed {seed}: {failure}");
            }
        }
    }

    private static byte[] RandomBytes(SeededRandom random)
    {
        byte[] message = new byte[random.Below(LongestMessage)];
        random.Fill(message);
        return message;
    }

    /// <summary>A sound header and sender, random bytes behind: what gets past step 0.</summary>
    private static byte[] PlausibleBytes(SeededRandom random)
    {
        List<ushort> commands = [];
        foreach (ushort template in WireText.Blocks.Keys)
        {
            if (template < OrderAcceptedBlock.TemplateId)
            {
                commands.Add(template);
            }
        }

        byte[] message = new byte[MessageHeader.Size + 168];
        random.Fill(message);
        MemoryMarshal.Write(
            message,
            new MessageHeader { BlockLength = 168, TemplateId = random.Pick(commands), SchemaId = 1 });
        ref CommandEnvelope envelope =
            ref MemoryMarshal.AsRef<CommandEnvelope>(message.AsSpan(WireMessage.EnvelopeOffset));
        envelope.SessionId = 0;
        envelope.FirmId = random.OneIn(4) ? envelope.FirmId : 0;
        envelope.AccountId = (uint)random.Below(5);

        // Most fields random over all their bits would stop at the first check: make the rest small numbers.
        for (int i = WireMessage.EnvelopeOffset + CommandEnvelope.Size; i < message.Length; i++)
        {
            message[i] = random.Percent(75) ? (byte)0 : random.Percent(60) ? (byte)random.Below(8) : message[i];
        }

        return message;
    }

    private static void RequireTrading(EngineHarness venue)
    {
        venue.LiftChecks();
        venue.TickUntilIdle();
        venue.Resume();
        venue.Send(default(MassCancelBlock));
        venue.TickUntilIdle();
        venue.Sell(1, 1, 100, "sound-sell");
        venue.Buy(2, 1, 100, "sound-buy").Tells(
            "accepted sound-buy buy 1@100", "trade 1@100 sound-buy>sound-sell left 0/0");
    }
}
