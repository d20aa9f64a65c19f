using System;

namespace HftEngine.Fix.Dictionary;

/// <summary>SessionRejectReason (373).</summary>
public enum SessionRejectReason
{
    InvalidTagNumber = 0,
    RequiredTagMissing = 1,
    TagNotDefinedForMsgType = 2,
    UndefinedTag = 3,
    TagWithoutValue = 4,
    ValueIncorrect = 5,
    IncorrectDataFormat = 6,
    DecryptionProblem = 7,
    SignatureProblem = 8,
    CompIdProblem = 9,
    SendingTimeAccuracy = 10,
    InvalidMsgType = 11,
    XmlValidation = 12,
    TagAppearsTwice = 13,
    TagOutOfOrder = 14,
    GroupOutOfOrder = 15,
    IncorrectNumInGroup = 16,
    DataIncludesDelimiter = 17,
    InvalidApplVerId = 18,
    Other = 99,
}

internal static class SessionRejectReasons
{
    /// <summary>The words of the standard, which counterparties compare.</summary>
    public static ReadOnlySpan<byte> Text(SessionRejectReason reason) => reason switch
    {
        SessionRejectReason.InvalidTagNumber => "Invalid tag number"u8,
        SessionRejectReason.RequiredTagMissing => "Required tag missing"u8,
        SessionRejectReason.TagNotDefinedForMsgType => "Tag not defined for this message type"u8,
        SessionRejectReason.UndefinedTag => "Undefined Tag"u8,
        SessionRejectReason.TagWithoutValue => "Tag specified without a value"u8,
        SessionRejectReason.ValueIncorrect => "Value is incorrect (out of range) for this tag"u8,
        SessionRejectReason.IncorrectDataFormat => "Incorrect data format for value"u8,
        SessionRejectReason.DecryptionProblem => "Decryption problem"u8,
        SessionRejectReason.SignatureProblem => "Signature problem"u8,
        SessionRejectReason.CompIdProblem => "CompID problem"u8,
        SessionRejectReason.SendingTimeAccuracy => "SendingTime accuracy problem"u8,
        SessionRejectReason.InvalidMsgType => "Invalid MsgType"u8,
        SessionRejectReason.XmlValidation => "XML Validation error"u8,
        SessionRejectReason.TagAppearsTwice => "Tag appears more than once"u8,
        SessionRejectReason.TagOutOfOrder => "Tag specified out of required order"u8,
        SessionRejectReason.GroupOutOfOrder => "Repeating group fields out of order"u8,
        SessionRejectReason.IncorrectNumInGroup => "Incorrect NumInGroup count for repeating group"u8,
        SessionRejectReason.DataIncludesDelimiter => "Non \"Data\" value includes field delimiter"u8,
        SessionRejectReason.InvalidApplVerId => "Invalid/Unsupported Application Version"u8,
        _ => "Other"u8,
    };
}
