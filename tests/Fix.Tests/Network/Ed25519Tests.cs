using System;
using HftEngine.Fix.Network;
using NUnit.Framework;

namespace HftEngine.Fix.Tests.Network;

internal sealed class Ed25519Tests
{
    // RFC 8032, section 7.1, tests 1 and 2.
    [TestCase(
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
            + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [TestCase(
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    public void The_signatures_of_the_standard_are_right_and_no_change_of_a_bit_is(
        string key, string message, string text)
    {
        byte[] publicKey = Convert.FromHexString(key);
        byte[] signed = Convert.FromHexString(message);
        byte[] signature = Convert.FromHexString(text);
        Assert.That(Ed25519.Verify(publicKey, signed, signature), Is.True);
        Assert.That(Ed25519.Verify(publicKey, [.. signed, 0], signature), Is.False);
        for (int bit = 0; bit < 512; bit += 37)
        {
            byte[] changed = (byte[])signature.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(Ed25519.Verify(publicKey, signed, changed), Is.False, $"bit {bit}");
        }
    }

    [Test]
    public void A_scalar_that_is_not_reduced_is_refused()
    {
        byte[] publicKey = Convert.FromHexString(
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        byte[] signature = new byte[64];
        Array.Fill(signature, (byte)255, 32, 31);
        signature[63] = 31;
        Assert.That(Ed25519.Verify(publicKey, [], signature), Is.False);
        Assert.That(Ed25519.Verify(publicKey, [], signature.AsSpan(0, 63)), Is.False);
    }
}
