# Copyright (c) 2026, the webfarm.signalr authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The terms that both halves of the node keep to: requests as JSON, paths, hashes, times, failures with a code,
# and the list of what could not be seen. docs/node_contract.md is the contract.

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# From the assembly that .NET Framework does not load by itself; it reads JSON of any length, which ConvertFrom-Json of 5.1 does not.
Add-Type -AssemblyName System.Runtime.Serialization

$script:contractVersion = 1
$script:undetermined = [ordered]@{}
$script:onWindows = [System.Environment]::OSVersion.Platform -eq 'Win32NT'

# ---- what could not be seen

function Add-Undetermined([string]$Key, [string]$Reason) {
    $script:undetermined[$Key] = $Reason
}

function Get-Undetermined {
    $script:undetermined
}

# ---- failures

# Windows' error numbers (winerror.h as HRESULT) and what the contract calls them. The short ones are errno values of the
# systems where this code is tested.
$script:codeByNumber = @{
    '80070002' = 'not_found'; '80070003' = 'not_found'; '80070005' = 'access_denied'; '80070020' = 'sharing_violation'
    '80070021' = 'sharing_violation'; '80070027' = 'disk_full'; '80070070' = 'disk_full'; '80070050' = 'already_exists'
    '800700B7' = 'already_exists'; '0000000B' = 'sharing_violation'; '0000001C' = 'disk_full'; '00000011' = 'already_exists'
}

$script:codeByType = @{
    'System.UnauthorizedAccessException' = 'access_denied'; 'System.IO.FileNotFoundException' = 'not_found'
    'System.IO.DirectoryNotFoundException' = 'not_found'; 'System.TimeoutException' = 'timeout'
    'System.IO.InvalidDataException' = 'bad_archive'
}

function New-NodeFailure([string]$Code, [string]$Text) {
    $failure = New-Object System.InvalidOperationException $Text
    $failure.Data['node_code'] = $Code
    $failure
}

# PowerShell wraps what a method throws; the cause is what Windows said.
function Get-InnerException([object]$ErrorRecord) {
    $cause = $ErrorRecord.Exception
    while ($null -ne $cause.InnerException -and
        ($cause -is [System.Management.Automation.RuntimeException] -or $cause -is [System.Reflection.TargetInvocationException])) {
        $cause = $cause.InnerException
    }
    $cause
}

function Get-ErrorText([object]$ErrorRecord) {
    $text = (Get-InnerException $ErrorRecord).Message
    $text.Replace("`r", '').Replace("`n", ' ').Trim()
}

function Get-ErrorNumber([object]$ErrorRecord) {
    '{0:X8}' -f (Get-InnerException $ErrorRecord).HResult
}

function Get-ErrorCode([object]$ErrorRecord) {
    $cause = Get-InnerException $ErrorRecord
    if ($cause.Data.Contains('node_code')) { return $cause.Data['node_code'] }
    $number = Get-ErrorNumber $ErrorRecord
    if ($script:codeByNumber.ContainsKey($number)) { return $script:codeByNumber[$number] }
    $type = $cause.GetType().FullName
    if ($script:codeByType.ContainsKey($type)) { return $script:codeByType[$type] }
    'failed'
}

# ---- JSON

function Read-JsonNode([System.Xml.XmlReader]$Reader) {
    $type = $Reader.GetAttribute('type')
    if ($type -eq 'object') {
        $members = [ordered]@{}
        $Reader.ReadStartElement()
        while ($Reader.MoveToContent() -eq 'Element') {
            $name = $Reader.GetAttribute('item')
            if ($null -eq $name) { $name = $Reader.LocalName }
            $members[$name] = Read-JsonNode $Reader
        }
        $Reader.ReadEndElement()
        return $members
    }
    if ($type -eq 'array') {
        $items = New-Object System.Collections.Generic.List[object]
        $Reader.ReadStartElement()
        while ($Reader.MoveToContent() -eq 'Element') { $items.Add((Read-JsonNode $Reader)) }
        $Reader.ReadEndElement()
        return , $items.ToArray()
    }
    $text = $Reader.ReadElementContentAsString()
    if ($type -eq 'null') { return $null }
    if ($type -eq 'boolean') { return $text -eq 'true' }
    if ($type -ne 'number') { return $text }
    $whole = [long]0
    if ([long]::TryParse($text, [ref]$whole)) { return $whole }
    [double]::Parse($text, [System.Globalization.CultureInfo]::InvariantCulture)
}

# The reader takes the end of the text for the end of all that is still open: half of a file would be a whole one.
function Assert-WholeJson([string]$Text) {
    $marks = [regex]::Replace($Text, '"[^"\\]*(?:\\.[^"\\]*)*"', '')
    $opened = [regex]::Matches($marks, '[{\[]').Count
    if ($opened -ne [regex]::Matches($marks, '[}\]]').Count) { throw (New-NodeFailure 'failed' 'The JSON is not complete.') }
}

function ConvertFrom-JsonText([string]$Text) {
    Assert-WholeJson $Text
    $bytes = (New-Object System.Text.UTF8Encoding $false).GetBytes($Text.TrimStart([char]0xFEFF))
    $quotas = [System.Xml.XmlDictionaryReaderQuotas]::Max
    $reader = [System.Runtime.Serialization.Json.JsonReaderWriterFactory]::CreateJsonReader($bytes, $quotas)
    try {
        $null = $reader.MoveToContent()
        $value = Read-JsonNode $reader
    }
    finally {
        $reader.Close()
    }
    if ($value -is [array]) { return , $value }
    $value
}

# Puts a value into a dictionary or list as plain .NET objects. Windows PowerShell's ConvertTo-Json writes a wrapped array as
# {"value": [...], "Count": n}, so nothing wrapped may be left.
function Add-PlainValue([object]$Parent, [object]$Key, [object]$Value) {
    if ($null -ne $Value) { $Value = $Value.PSObject.BaseObject }
    $child = $Value
    if ($Value -is [System.Collections.IDictionary]) {
        $child = New-Object 'System.Collections.Generic.Dictionary[string,object]'
        foreach ($name in $Value.Keys) { Add-PlainValue $child $name $Value[$name] }
    }
    # A list of hashtables was made plain by whoever made it: it may be long.
    elseif ($Value -is [System.Collections.IList] -and $Value -isnot [System.Collections.Generic.List[hashtable]]) {
        $child = New-Object 'System.Collections.Generic.List[object]'
        foreach ($item in $Value) { Add-PlainValue $child $null $item }
    }
    if ($null -eq $Key) { $Parent.Add($child) } else { $Parent[$Key] = $child }
}

# Plain objects as JSON text.
function ConvertTo-JsonText([object]$Value) {
    $holder = @{}
    Add-PlainValue $holder 'value' $Value
    ConvertTo-Json -InputObject $holder['value'] -Depth 64 -Compress
}

# ---- requests

# The request with its version checked; a field that is not there is an empty table.
function Read-NodeRequest([string]$Text) {
    try {
        $request = ConvertFrom-JsonText $Text
    }
    catch {
        throw (New-NodeFailure 'failed' "The request is not JSON: $(Get-ErrorText $_)")
    }
    if ($request -isnot [System.Collections.IDictionary]) { throw (New-NodeFailure 'failed' 'The request is not an object.') }
    $version = Get-Field $request 'contract'
    if ($version -ne $script:contractVersion) {
        throw (New-NodeFailure 'failed' "The request is of contract '$version'; this node speaks contract $script:contractVersion.")
    }
    $request
}

# A field of a request, or the value for one that is not there. For a list take Get-List.
function Get-Field([object]$Table, [string]$Name, [object]$Default = $null) {
    if ($null -eq $Table -or -not $Table.Contains($Name)) { return $Default }
    $Table[$Name]
}

function Get-RequiredField([object]$Table, [string]$Name) {
    if ($null -eq $Table -or -not $Table.Contains($Name) -or $null -eq $Table[$Name]) {
        throw (New-NodeFailure 'failed' "The request lacks the field '$Name'.")
    }
    $Table[$Name]
}

# The items of a list, one by one: to be taken with @(...).
function Get-List([object]$Table, [string]$Name) {
    if ($null -ne $Table -and $Table.Contains($Name) -and $null -ne $Table[$Name]) { $Table[$Name] }
}

# ---- operations

# What an operation answers.
function New-Outcome([bool]$Changed, [object]$Detail = @{}) {
    @{ changed = $Changed; detail = $Detail }
}

# How to take back what an operation is about to do: a function and what it needs. Registered before the effect, so that an
# operation that fails half way is taken back, too; the function has to cope with an effect that did not happen.
function Register-Undo([object]$Context, [string]$By, [object]$With) {
    $Context['undo'].Add(@{ by = $By; with = $With; operation = $Context['current'] })
}

# ---- times, hashes, paths

function ConvertTo-UtcText([DateTime]$Time) {
    $Time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", [System.Globalization.CultureInfo]::InvariantCulture)
}

function ConvertFrom-UtcText([string]$Text) {
    $styles = [System.Globalization.DateTimeStyles]'AdjustToUniversal, AssumeUniversal'
    [DateTime]::Parse($Text, [System.Globalization.CultureInfo]::InvariantCulture, $styles)
}

# Of the classes that do SHA-256 on .NET Framework, the one by CNG is allowed where Windows enforces FIPS 140.
function New-Sha256 {
    $cng = 'System.Security.Cryptography.SHA256Cng' -as [type]
    if ($cng) { return [Activator]::CreateInstance($cng) }
    [System.Security.Cryptography.SHA256]::Create()
}

function ConvertTo-Hex([byte[]]$Bytes) {
    [BitConverter]::ToString($Bytes).Replace('-', '').ToLowerInvariant()
}

function Get-BytesHash([byte[]]$Bytes) {
    $sha = New-Sha256
    try { ConvertTo-Hex $sha.ComputeHash($Bytes) } finally { $sha.Dispose() }
}

# Others may have the file open, for writing too; what is read is what is there now.
function Open-FileForReading([string]$Path) {
    New-Object System.IO.FileStream $Path, ([System.IO.FileMode]::Open), ([System.IO.FileAccess]::Read), `
        ([System.IO.FileShare]'ReadWrite, Delete'), 65536
}

function Get-FileHashText([string]$Path) {
    $sha = New-Sha256
    $stream = Open-FileForReading $Path
    try { ConvertTo-Hex $sha.ComputeHash($stream) } finally { $stream.Dispose(); $sha.Dispose() }
}

function Read-FileBytes([string]$Path) {
    $stream = Open-FileForReading $Path
    try {
        $memory = New-Object System.IO.MemoryStream
        $stream.CopyTo($memory)
        return , $memory.ToArray()
    }
    finally {
        $stream.Dispose()
    }
}

# The path as this machine has it: variables expanded, this platform's separator, absolute.
function Resolve-NodePath([string]$Path) {
    $expanded = Invoke-WindowsMachine 'ResolvePath' ([System.Environment]::ExpandEnvironmentVariables($Path))
    $separator = [string][System.IO.Path]::DirectorySeparatorChar
    $expanded = $expanded.Replace('\', $separator).Replace('/', $separator)
    $isAbsolute = if ($script:onWindows) { $expanded -match '^([A-Za-z]:\\|\\\\)' } else { $expanded.StartsWith('/') }
    if (-not $isAbsolute) { throw (New-NodeFailure 'failed' "'$Path' is not an absolute path on this server.") }
    $full = [System.IO.Path]::GetFullPath($expanded)
    if ($full.Length -gt 3) { $full = $full.TrimEnd([System.IO.Path]::DirectorySeparatorChar) }
    $full
}

# A file by its name, which has no case on Windows; where names do have one, the file that is there.
function Find-ChildFile([string]$Folder, [string]$Name) {
    $path = [System.IO.Path]::Combine($Folder, $Name)
    if ($script:onWindows -or [System.IO.File]::Exists($path) -or -not [System.IO.Directory]::Exists($Folder)) { return $path }
    foreach ($found in [System.IO.Directory]::GetFiles($Folder)) {
        if ([System.IO.Path]::GetFileName($found) -eq $Name) { return $found }
    }
    $path
}

# A path below a folder, with '/'.
function Get-RelativePath([string]$Folder, [string]$Path) {
    $Path.Substring($Folder.Length).TrimStart('\', '/').Replace('\', '/')
}
